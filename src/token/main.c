/* SPDX-License-Identifier: ISC */
/*
 * mailchute-token: gets an access token for an account, and prints one line: '+' and the token, '=' and
 * one that was kept from before, '-' and why there is none until somebody does something, or '~' and why
 * there is none for now. With --login
 * it asks for consent, and prints the refresh token in that place.
 *
 * It alone speaks HTTPS and reads refresh tokens; no courier chooses what it does. Started by root it
 * reads the secrets and then becomes the user that the state directory belongs to.
 */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/defaults.h"
#include "base/log.h"
#include "conf/conf.h"
#include "conf/oauth.h"
#include "token/client.h"
#include "token/login.h"
#include "token/store.h"

/* A token with less left is not handed out again. */
#define MARGIN_MS INT64_C(300000)

/* Together less than a courier waits (LOGIN_COMMAND_MS): who is killed may lose a new refresh token. */
#define LOCK_MS	 10000
#define HTTPS_MS 15000

struct arguments {
	const char *path;
	const char *account;
	bool anew;
	bool login;
};

static int say(char sign, const char *words)
{
	printf("%c%s\n", sign, words);
	return EX_OK;
}

static int say_verdict(enum grant_verdict verdict, const char *words)
{
	return say(verdict == GRANT_REFUSED ? '-' : '~', words);
}

static void guard_memory(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* which looks into its own process for leaks */
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* From root to the service's user, if it is another one. 0 or -errno. */
static int drop_rights(void)
{
	struct stat st;

	if (geteuid() != 0 || stat(store_path(), &st) < 0 || st.st_uid == 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setgid(st.st_gid) < 0 || setuid(st.st_uid) < 0)
		return -errno;
	guard_memory(); /* the kernel took that back */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? -errno : 0;
}

/* What was given goes to the store and to our caller. */
static int hand_out(struct store *store, struct grant *grant)
{
	int r;

	free(store->access);
	store->access = steal_pointer(&grant->access);
	store->expires_ms = clock_real_ms() + (int64_t)grant->lifetime_s * 1000;
	if (grant->refresh) {
		free(store->refresh);
		store->refresh = steal_pointer(&grant->refresh);
	}
	r = store_save(store);
	if (r < 0)
		log_warning("OAuth2: the token cannot be kept in %s: %s; it is asked for "
			    "again at each connection",
			store_path(), strerror(-r));
	return say('+', store->access);
}

static int get_from(struct client *client, struct store *store, bool anew)
{
	const char *refresh = store->refresh ? store->refresh : client->refresh;
	struct grant grant = { 0 };
	enum grant_verdict verdict;
	int r;

	if (!anew && store->access && store->expires_ms > clock_real_ms() + MARGIN_MS)
		return say('=', store->access);
	verdict = client_get(client, refresh, HTTPS_MS, &grant);
	r = verdict == GRANT_GIVEN ? hand_out(store, &grant)
				   : say_verdict(verdict, client->text);
	grant_clear(&grant);
	return r;
}

static int get(struct client *client, bool anew)
{
	struct store store;
	int r = store_open(client->conf, client_root(client), LOCK_MS, &store);

	if (r == -ETIMEDOUT)
		return say('~', "OAuth2: another mailchute-token takes very long");
	if (r < 0)
		return say('~', strerror(-r));
	r = get_from(client, &store, anew);
	store_close(&store);
	return r;
}

static int log_in(struct client *client)
{
	struct grant grant = { 0 };
	enum grant_verdict verdict;
	int r;

	if (!oauth_has_refresh_token(client->conf))
		verdict = client_get(client, "", HTTPS_MS, &grant);
	else if (client->flow == OAUTH_DEVICE)
		verdict = login_device(client, &grant);
	else
		verdict = login_code(client, &grant);
	if (verdict != GRANT_GIVEN)
		r = say_verdict(verdict, client->text);
	else if (oauth_has_refresh_token(client->conf) && !grant.refresh)
		r = say('-', "OAuth2: there was no refresh token in the answer; check "
			     "oauth-scope (Microsoft wants offline_access in it)");
	else
		r = say('+', grant.refresh ? grant.refresh : "");
	grant_clear(&grant);
	return r;
}

static int work(const struct conf *conf, const struct arguments *a)
{
	struct client client;
	int r = client_load(conf, !a->login, &client);

	if (r < 0) {
		r = say('-', client.text);
	} else if ((r = drop_rights()) < 0) {
		log_error(
			"cannot become the owner of %s: %s", store_path(), strerror(-r));
		r = EX_OSERR;
	} else {
		r = a->login ? log_in(&client) : get(&client, a->anew);
	}
	client_clear(&client);
	return r;
}

static int run(const struct arguments *a)
{
	CLEANUP(buf_free) struct buf errors = { 0 };
	struct conf *conf = NULL;
	const struct conf *account;
	int r = conf_load(a->path, &conf, &errors);

	if (r < 0) {
		log_error_lines(buf_cstr(&errors) ? errors.data : strerror(-r));
		return EX_CONFIG;
	}
	account = conf_find_account(conf, a->account);
	if (account && *account->oauth) {
		r = work(account, a);
	} else {
		log_error("%s has no account \"%s\" with oauth", a->path, a->account);
		r = EX_CONFIG;
	}
	conf_free(conf);
	return r;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "account", required_argument, NULL, 'a' },
		{ "anew", no_argument, NULL, 'n' },
		{ "config", required_argument, NULL, 'c' },
		{ "login", no_argument, NULL, 'l' },
		{ 0 },
	};
	struct arguments a = { .path = DEFAULT_CONF_FILE,
		.account = CONF_DEFAULT_ACCOUNT };
	int c;

	guard_memory();
	log_init("mailchute-token", false);
	while ((c = getopt_long(argc, argv, "a:c:", options, NULL)) != -1) {
		switch (c) {
		case 'a': a.account = optarg; break;
		case 'c': a.path = optarg; break;
		case 'l': a.login = true; break;
		case 'n': a.anew = true; break;
		default: optind = argc + 1; break;
		}
	}
	if (optind != argc) {
		fputs("usage: mailchute-token [--anew | --login] [-c FILE] [-a NAME]\n"
		      "It is for the courier and for: mailchute login\n",
			stderr);
		return EX_USAGE;
	}
	return run(&a);
}
