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
	enum secret_form form;
};

static void usage(FILE *to)
{
	fputs("usage: mailchute login [OPTION...] [ACCOUNT]\n\n"
	      "  -c, --config FILE        in place of " DEFAULT_CONF_FILE "\n"
	      "  -d, --secrets DIRECTORY  stores there, not in " DEFAULT_SECRETS "\n"
	      "      --encrypt            by systemd-creds, or fails\n"
	      "      --no-encrypt         stores a file that only its owner can read\n",
		to);
}

/* True to go on; false when *RET_EXIT is the answer. */
static bool parse_arguments(int argc, char **argv, struct arguments *a, int *ret_exit)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "secrets", required_argument, NULL, 'd' },
		{ "encrypt", no_argument, NULL, 'e' },
		{ "no-encrypt", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:d:", options, NULL)) != -1) {
		switch (c) {
		case 'c': a->file = optarg; break;
		case 'd': a->secrets = optarg; break;
		case 'e': a->form = SECRET_ENCRYPTED; break;
		case 'p': a->form = SECRET_PLAIN; break;
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

/* Before somebody consents in vain. */
static bool can_store(const char *directory)
{
	if (access(directory, R_OK | W_OK | X_OK) == 0 || errno == ENOENT)
		return true;
	fprintf(stderr,
		"mailchute: the token could not be stored in %s: %s; run this as root\n",
		directory, strerror(errno));
	return false;
}

int login_account(const struct conf *conf, const char *directory, enum secret_form form)
{
	char name[CONF_SECRET_NAME_MAX];
	char *token = NULL, error[OUTCOME_TEXT_MAX];
	int status = EX_OK, r;

	if (!*conf->oauth) {
		fprintf(stderr,
			"mailchute: account %s has no oauth in %s; it logs in with a "
			"password or with what a command says\n",
			conf->name, conf->path);
		return EX_CONFIG;
	}
	if (oauth_has_refresh_token(conf) && !can_store(directory))
		return EX_CANTCREAT;
	r = token_ask(
		conf, TOKEN_LOGIN, STDIN_FILENO, WAIT_MS, &token, error, sizeof(error));
	if (r < 0) {
		fprintf(stderr, "mailchute: %s\n", error);
		return r == -EAGAIN   ? EX_TEMPFAIL
		       : r == -ENOENT ? EX_UNAVAILABLE
				      : EX_NOPERM;
	}
	conf_secret_name(conf, "refresh-token", name);
	if (*token && secret_store(directory, name, token, form) < 0)
		status = EX_CANTCREAT;
	if (!*token)
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
		status = login_account(account, a.secrets, a.form);
		if (status == EX_OK && oauth_has_refresh_token(account))
			puts("If the service runs:\n\n    systemctl restart "
			     "mailchute.service");
	} else {
		fprintf(stderr, "mailchute: %s has no account \"%s\"\n", a.file,
			a.account);
		status = EX_USAGE;
	}
	conf_free(conf);
	return status;
}
