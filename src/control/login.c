/* SPDX-License-Identifier: ISC */
/*
 * mailchute login: a person consents that this machine sends as an account (OAuth2), and the refresh
 * token that comes of it is stored like a password. The talking is done by mailchute-token.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/defaults.h"
#include "base/text.h"
#include "conf/conf.h"
#include "conf/oauth.h"
#include "control/control.h"
#include "control/secret.h"
#include "courier/login.h"
#include "courier/token.h"

#define WAIT_MS INT64_C(1200000) /* longer than mailchute-token does */

struct arguments {
	const char *file;
	const char *secrets;
	const char *account;
	bool encrypt;
};

static void usage(FILE *to)
{
	fputs("usage: mailchute login [--encrypt] [-c FILE] [-d DIRECTORY] [ACCOUNT]\n\n"
	      "  -c, --config FILE        in place of " DEFAULT_CONF_FILE "\n"
	      "  -d, --secrets DIRECTORY  stores there, not in " DEFAULT_SECRETS "\n"
	      "      --encrypt            by systemd-creds, in DIRECTORY.encrypted\n",
		to);
}

/* True to go on; false when *RET_EXIT is the answer. */
static bool parse_arguments(int argc, char **argv, struct arguments *a, int *ret_exit)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "secrets", required_argument, NULL, 'd' },
		{ "encrypt", no_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:d:", options, NULL)) != -1) {
		switch (c) {
		case 'c': a->file = optarg; break;
		case 'd': a->secrets = optarg; break;
		case 'e': a->encrypt = true; break;
		case 'h':
			usage(stdout);
			*ret_exit = EX_OK;
			return false;
		default: optind = argc + 2; break;
		}
	}
	if (optind > argc || argc - optind > 1) {
		usage(stderr);
		*ret_exit = EX_USAGE;
		return false;
	}
	if (optind < argc)
		a->account = argv[optind];
	return true;
}

static int store(const struct conf *conf, const struct arguments *a, const char *token)
{
	char name[CONF_ACCOUNT_MAX + 16];

	snprintf(name, sizeof(name), "refresh-token%s%s", conf->line ? "-" : "",
		conf->line ? conf->name : "");
	if (secret_store(a->secrets, name, token, a->encrypt) < 0)
		return EX_CANTCREAT;
	puts("If the service runs:\n\n    systemctl restart mailchute.service");
	return EX_OK;
}

/* Before somebody consents in vain. */
static bool can_store(const struct arguments *a)
{
	if (access(a->secrets, R_OK | W_OK | X_OK) == 0 || errno == ENOENT)
		return true;
	fprintf(stderr,
		"mailchute: the token could not be stored in %s: %s; run this as root\n",
		a->secrets, strerror(errno));
	return false;
}

static int log_in(const struct conf *conf, const struct arguments *a)
{
	char *token = NULL, error[OUTCOME_TEXT_MAX];
	int status = EX_OK, r;

	if (!*conf->oauth) {
		fprintf(stderr,
			"mailchute: account %s has no oauth in %s; it logs in with a "
			"password or with what a command says\n",
			conf->name, conf->path);
		return EX_CONFIG;
	}
	if (oauth_has_refresh_token(conf) && !can_store(a))
		return EX_CANTCREAT;
	r = token_ask(
		conf, TOKEN_LOGIN, STDIN_FILENO, WAIT_MS, &token, error, sizeof(error));
	if (r < 0) {
		fprintf(stderr, "mailchute: %s\n", error);
		return r == -EAGAIN   ? EX_TEMPFAIL
		       : r == -ENOENT ? EX_UNAVAILABLE
				      : EX_NOPERM;
	}
	if (*token)
		status = store(conf, a, token);
	else
		puts("An access token was given. There is nothing to store.");
	text_wipe(token);
	return status;
}

int control_login(int argc, char **argv)
{
	struct arguments a = { .file = DEFAULT_CONF_FILE,
		.secrets = DEFAULT_SECRETS,
		.account = CONF_DEFAULT_ACCOUNT };
	struct conf *conf = NULL;
	const struct conf *account;
	int status;

	if (!parse_arguments(argc, argv, &a, &status))
		return status;
	status = control_load(a.file, &conf);
	if (status != EX_OK)
		return status;
	account = conf_find_account(conf, a.account);
	if (account) {
		status = log_in(account, &a);
	} else {
		fprintf(stderr, "mailchute: %s has no account \"%s\"\n", a.file,
			a.account);
		status = EX_USAGE;
	}
	conf_free(conf);
	return status;
}
