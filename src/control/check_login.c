/* SPDX-License-Identifier: ISC */
#include "control/check.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "courier/login.h"

#define DAYS_SHORT 14 /* a certificate that ends sooner is worth a word */

/* What the connection has come to. */
struct progress {
	bool failed;
	enum stage stage;
};

static void print_step(const char *name, bool ok, const char *words)
{
	printf("  %-12s %s%s%s\n", name, ok ? "ok" : "FAIL",
		*words ? ok ? "    " : "  " : "", words);
	fflush(stdout); /* the next step may take its time */
}

static void client_step(void *context, enum stage stage, bool ok, const char *words)
{
	struct progress *progress = context;

	print_step(stage_name(stage), ok, words);
	if (!ok)
		*progress = (struct progress){ .failed = true, .stage = stage };
}

static void print_certificate(const struct client *client)
{
	char words[128];
	int days = tls_peer_days_left(&client->stream);

	if (days == INT_MAX)
		return;
	snprintf(words, sizeof(words), "valid, %d days left%s", days,
		days < DAYS_SHORT ? "; its owner should renew it" : "");
	print_step("certificate", true, words);
	tls_peer_fingerprint(&client->stream, words, sizeof(words));
	print_step("fingerprint", true, words);
}

/* The code is what a provider's help pages are searched for. */
static void print_reply_code(const struct outcome *trouble)
{
	if (trouble->code)
		printf("  reply code %d %s\n", trouble->code, trouble->enhanced);
}

/* What the preset knows about the login, where the server's words are scarce. */
static void print_advice(const struct conf *conf)
{
	const struct provider *p = conf->provider;

	if (p)
		printf("  with %s, user is %s; the password is %s\n", p->title,
			p->user_advice, p->secret_advice);
}

static int failure_status(
	int r, const struct progress *progress, const struct outcome *trouble)
{
	if (r == -ENOMEM || trouble->blame == BLAME_OURSELVES)
		return EX_OSERR;
	if (trouble->code >= 400 && trouble->code < 500)
		return EX_TEMPFAIL;
	if (r == -ETIMEDOUT || (progress->failed && progress->stage == STAGE_CONNECT))
		return EX_TEMPFAIL;
	return trouble->blame == BLAME_ACCOUNT && trouble->code ? EX_NOPERM
								: EX_UNAVAILABLE;
}

static int connect_and_login(
	const struct conf *conf, const char *password, struct tls_context *tls_context)
{
	struct progress progress = { 0 };
	struct client_options options = login_options(conf);
	struct outcome trouble = { 0 };
	struct client client;
	int r;

	options.tls_context = tls_context;
	options.password = password;
	options.step = client_step;
	options.step_context = &progress;
	r = login_open(conf, &options, &client, &trouble);
	if (r == 0) {
		print_certificate(&client);
		client_close(&client);
		return EX_OK;
	}
	if (!progress.failed)
		print_step("session", false, trouble.text);
	print_reply_code(&trouble);
	if (trouble.blame == BLAME_ACCOUNT)
		print_advice(conf);
	return failure_status(r, &progress, &trouble);
}

/* With the password in hand, or "". */
static int check_with(const struct conf *conf, const char *password)
{
	struct tls_context *tls_context = NULL;
	char error[CONF_PATH_MAX + 512];
	int status;

	if (login_tls(conf, &tls_context, error, sizeof(error)) < 0) {
		print_step("certificates", false, error);
		return EX_CONFIG;
	}
	status = connect_and_login(conf, password, tls_context);
	tls_context_free(tls_context);
	return status;
}

int check_login(const struct conf *conf)
{
	const char *secret = conf_has_token(conf) ? "token" : "password";
	char *password = NULL;
	char error[CONF_PATH_MAX + 512];
	int status;

	printf(conf->line ? "\naccount %s: " : "\n", conf->name);
	printf("%s, port %u\n", conf->host, conf->port);
	if (!strchr(conf->hostname, '.'))
		printf("  note: %s is no full name, and some servers want one; set "
		       "hostname\n",
			conf->hostname);
	if (!login_has_secret(conf))
		return check_with(conf, "");
	if (login_secret(conf, false, LOGIN_COMMAND_MS, &password, error, sizeof(error)) <
		0) {
		print_step(secret, false, error);
		print_advice(conf);
		return EX_NOPERM;
	}
	print_step(secret, true, "read");
	status = check_with(conf, password);
	login_wipe(password);
	return status;
}
