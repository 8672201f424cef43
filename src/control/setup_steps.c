/* SPDX-License-Identifier: ISC */
/* What is done with the answers, until mail goes out. */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/command.h"
#include "base/defaults.h"
#include "base/text.h"
#include "conf/oauth.h"
#include "conf/route.h"
#include "control/check.h"
#include "control/control.h"
#include "control/setup.h"
#include "courier/login.h"

#define SYSTEM_MS 120000

/* Makes what make install cannot, and starts what waits for mail; says "done", or "none" without systemd. */
static const char system_command[] =
	"set -e\n"
	"if command -v systemd-tmpfiles >/dev/null; then\n"
	"  systemd-sysusers\n"
	"  systemd-tmpfiles --create mailchute.conf\n"
	"fi\n"
	"[ -d /run/systemd/system ] || { echo none; exit; }\n"
	"journalctl --update-catalog\n"
	"systemctl daemon-reload\n"
	"systemctl --quiet enable --now mailchute.path mailchute-submit.socket\n"
	"systemctl try-restart mailchute.service\n"
	"echo done\n";

/* What the account needs to have stored, or NULL: that is nothing, or not for us to ask. */
static const char *kind_of_secret(const struct setup *s)
{
	const struct conf *new = s->new;

	if (*new->oauth && setup_is_ours(s) &&
		(oauth_flow(new) == OAUTH_CODE || oauth_flow(new) == OAUTH_CLIENT))
		return "client-secret";
	if (conf_has_token(new) || !login_has_secret(new) || *new->password_command)
		return NULL;
	return "password";
}

/* The whole path of the directory that the file is in. */
static bool find_directory(const char *file, char path[PATH_MAX])
{
	char copy[PATH_MAX];

	return snprintf(copy, sizeof(copy), "%s", file) < PATH_MAX &&
	       realpath(dirname(copy), path);
}

/* Another file than the system's has its passwords beside it. False if it cannot be. */
static bool set_password_file(struct setup *s)
{
	char **answer = &s->answers.values[CONF_KEY_PASSWORD_FILE];
	char directory[PATH_MAX], name[CONF_SECRET_NAME_MAX];
	char path[PATH_MAX + sizeof(name) + 16];

	if (!find_directory(s->file, directory)) {
		fprintf(stderr, "mailchute: the directory of %s cannot be used\n",
			s->file);
		return false;
	}
	conf_secret_name(s->new, "password", name);
	snprintf(path, sizeof(path), "%s/secrets/%s", directory, name);
	free(*answer);
	*answer = strdup(path);
	return *answer;
}

static int draft(struct setup *s, struct buf *text)
{
	int status;

	buf_clear(text);
	conf_free(s->new_file);
	s->new_file = NULL;
	status = setup_draft(s->file, s->account, &s->answers, text, &s->new_file);
	if (status == EX_OK)
		s->new = conf_find_account(
			s->new_file, s->account ? s->account : CONF_DEFAULT_ACCOUNT);
	return status;
}

/* The file as it will be. */
static int draft_all(struct setup *s, struct buf *text)
{
	int status = draft(s, text);
	const char *kind = status == EX_OK ? kind_of_secret(s) : NULL;

	if (!kind || setup_is_ours(s) || *s->new->password_file)
		return status;
	return set_password_file(s) ? draft(s, text) : EX_USAGE;
}

/* Whether what is stored is for the login that there will be. */
static bool is_same_login(const struct setup *s)
{
	const struct conf *old = s->old;

	return old && strcmp(old->host, s->new->host) == 0 &&
	       strcmp(old->user, s->new->user) == 0 &&
	       strcmp(old->oauth_client_id, s->new->oauth_client_id) == 0;
}

static char *read_old_secret(const struct setup *s, const char *kind)
{
	char *secret = NULL, error[CONF_PATH_MAX + 512];

	if (strcmp(kind, "password") == 0)
		conf_password(s->old, &secret, error, sizeof(error));
	else
		conf_secret(s->old, kind, &secret, error, sizeof(error));
	return secret;
}

/* The stored password is for another login, to which it would be sent. */
static int refuse_old_secret(const struct setup *s)
{
	fprintf(stderr,
		"mailchute: the password that is stored is that of %s at %s; give the "
		"new "
		"one, with --secret-file FILE\n",
		s->old->user, s->old->host);
	return EX_USAGE;
}

static int get_secret(struct setup *s, bool again)
{
	const char *kind = kind_of_secret(s);
	bool same = is_same_login(s),
	     optional = *s->new->oauth &&oauth_flow(s->new) == OAUTH_CODE;

	if (!kind)
		return EX_OK;
	if (same && !s->old_secret)
		s->old_secret = read_old_secret(s, kind);
	text_wipe(s->secret);
	s->secret = NULL;
	if (s->secret_file && !again)
		s->secret = secret_read(s->secret_file);
	else if (s->asks)
		s->secret = ask_secret(*s->new->oauth ? "Client secret (not shown)"
						      : "Password (not shown)",
			again		? NULL
			: s->old_secret ? "as it is"
			: optional	? "it has none"
					: NULL);
	else if (s->old && *s->old->user && !same)
		return refuse_old_secret(s);
	else
		s->secret = strdup(""); /* the check tells if there is none */
	return s->secret ? EX_OK : EX_NOINPUT;
}

/* Where the configuration looks for it, as it is in that file. */
static int store(const struct setup *s, const char *secret)
{
	char directory[PATH_MAX], name[PATH_MAX];
	const char *kind = kind_of_secret(s), *path = s->new->password_file;

	if (!kind)
		return 0;
	if (!*path || strcmp(kind, "password") != 0) {
		conf_secret_name(s->new, kind, name);
		return secret_store(DEFAULT_SECRETS, name, secret, s->form);
	}
	snprintf(directory, PATH_MAX, "%s", path);
	snprintf(name, PATH_MAX, "%s", path);
	return secret_store(dirname(directory), basename(name), secret, SECRET_PLAIN);
}

/* One that is kept is stored again in another form, if that is asked for. */
static int store_secret(const struct setup *s)
{
	bool is_new = s->secret && *s->secret;
	const char *secret = is_new					 ? s->secret
			     : s->secret && s->form != SECRET_AS_IT_GOES ? s->old_secret
									 : NULL;

	return secret && store(s, secret) < 0 ? EX_CANTCREAT : EX_OK;
}

/* *RET_SYSTEMD: it runs. */
static int set_up_system(const struct setup *s, bool *ret_systemd)
{
	CLEANUP_FREE char *line = NULL;
	char words[128];

	*ret_systemd = true;
	if (!setup_is_ours(s))
		return EX_OK;
	if (command_line(system_command, SYSTEM_MS, &line, words, sizeof(words)) < 0) {
		fprintf(stderr,
			"mailchute: the system could not be set up: a command of systemd "
			"%s\n",
			words);
		return EX_OSERR;
	}
	*ret_systemd = strcmp(line, "done") == 0;
	return EX_OK;
}

/* A refused secret makes way for the one that it replaced, which may be good. */
static void put_back(const struct setup *s)
{
	bool systemd;

	if (s->old_secret && *s->secret && store(s, s->old_secret) == 0 &&
		set_up_system(s, &systemd) == EX_OK)
		puts("The password that was there before is there again.");
}

/* Until the login works, or nobody wants another try. */
static int check_account(struct setup *s, struct steps *steps, const char *root)
{
	bool systemd;

	for (;;) {
		int status = check_login(steps, s->new, root);

		if (status != EX_NOPERM || !kind_of_secret(s) || *s->new->oauth)
			return status;
		put_back(s);
		if (!s->asks || !ask_yes("Another password?"))
			return status;
		status = get_secret(s, true);
		if (status == EX_OK)
			status = store_secret(s);
		if (status == EX_OK)
			status = set_up_system(s, &systemd);
		if (status != EX_OK)
			return status;
	}
}

static int check(struct setup *s)
{
	struct steps steps = { 0 };
	CLEANUP_FREE char *root = NULL;
	bool good;
	int status;

	check_around(&steps, s->new_file, &root);
	good = steps.worst != STEP_FAIL;
	status = check_account(s, &steps, root);
	steps_end(&steps);
	return status == EX_OK && !good ? EX_UNAVAILABLE : status;
}

/* Only what goes by the account tells something about it. */
static int test(const struct setup *s)
{
	const struct route_key key = {
		.sender = s->new->from, .uid = ROUTE_UID_UNKNOWN, .recipient = ""
	};

	if (s->no_test || !setup_is_ours(s))
		return EX_OK;
	puts("");
	if (!s->account)
		return test_send(NULL, "root");
	if (conf_account(s->new_file, route_find(s->new_file, &key)) == s->new)
		return test_send(s->new->from, "root");
	puts("No message was sent: mail of its address goes by another account.");
	return EX_OK;
}

static int write_down(struct setup *s)
{
	CLEANUP(buf_free) struct buf text = { 0 };
	int status = draft_all(s, &text);

	if (status != EX_OK)
		return status;
	if (s->form == SECRET_ENCRYPTED && *s->new->password_file) {
		fprintf(stderr,
			"mailchute: --encrypt is for the secrets in " DEFAULT_SECRETS
			"; %s has password-file = \"%s\", which is read as it is\n",
			s->file, s->new->password_file);
		return EX_USAGE;
	}
	status = get_secret(s, false);
	if (status == EX_OK)
		status = store_secret(s);
	if (status == EX_OK)
		status = setup_write(s->file, &text);
	return status;
}

int setup_run(struct setup *s)
{
	bool systemd = true;
	int status = write_down(s);

	if (status != EX_OK)
		return status;
	if (*s->new->oauth && setup_is_ours(s) && s->asks)
		status = login_account(s->new, DEFAULT_SECRETS, s->form);
	if (status == EX_OK)
		status = set_up_system(s, &systemd);
	if (status == EX_OK)
		status = check(s);
	if (status == EX_OK && !systemd)
		puts("\nsystemd does not run here. Have your supervisor run mailchuted "
		     "--foreground as user mailchute,\nwith the password as the file "
		     "secret_password in $CREDENTIALS_DIRECTORY; then: mailchute test "
		     "root");
	else if (status == EX_OK)
		status = test(s);
	if (status != EX_OK)
		puts("\nWhen that is mended, run the same again: an empty answer keeps "
		     "what is set, and words\nsuch as port=465 or ca-file=FILE set what "
		     "is "
		     "not asked for.");
	return status;
}
