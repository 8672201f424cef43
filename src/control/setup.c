/* SPDX-License-Identifier: ISC */
/*
 * mailchute setup: what has to be known is taken from the command line, else asked for; then it is written
 * down, checked, and tried with a message. Whatever goes wrong, it may be run again: what is set
 * already is the answer to an empty line.
 */
#include <errno.h>
#include <getopt.h>
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
#include "conf/option.h"
#include "control/control.h"
#include "control/secret.h"
#include "control/setup.h"
#include "courier/login.h"

#define SYSTEM_MS 120000

/* Makes what make install cannot, and starts what waits for mail. */
#define SYSTEM_COMMAND                                                                   \
	"systemd-sysusers && systemd-tmpfiles --create mailchute.conf && "               \
	"journalctl --update-catalog && systemctl daemon-reload && "                     \
	"systemctl enable --now mailchute.path mailchute-submit.socket && "              \
	"systemctl try-restart mailchute.service && echo done"

struct setup {
	const char *file;
	const char *secret_file; /* "-": standard input; NULL: it is asked for */
	bool encrypt;
	bool no_test;
	bool asks;		/* there is somebody to ask */
	char secrets[PATH_MAX]; /* directory */
	struct answers answers;
	struct conf *before; /* NULL: there was no good one */
	struct conf *conf;   /* as it is written */
	bool replaced;	     /* the secret was stored anew */
	char *former;	     /* the one before; NULL: none, or that of another login */
};

static void usage(FILE *to)
{
	fputs("usage: mailchute setup [OPTION...] [SETTING=VALUE...]\n\n"
	      "Sets up the default account: asks for what no SETTING of "
	      "mailchute.conf(5) tells.\n\n"
	      "  -c, --config FILE       in place of " DEFAULT_CONF_FILE "\n"
	      "      --encrypt           the secret, by systemd-creds\n"
	      "      --no-test           sends no message\n"
	      "      --secret-file FILE  has the password; - is standard input\n\n"
	      "  mailchute setup provider=ses region=eu-west-1 user=AKIA... \\\n"
	      "      from=server@example.com root=admin@example.com\n",
		to);
}

static char **answer(struct setup *s, enum conf_key key)
{
	return &s->answers.values[key];
}

static void set(struct setup *s, enum conf_key key, const char *value)
{
	free(*answer(s, key));
	*answer(s, key) = strdup(value);
}

static void forget(struct setup *s, enum conf_key key)
{
	free(*answer(s, key));
	*answer(s, key) = NULL;
}

/* A setting of the command line. */
static bool take_setting(struct setup *s, const char *word)
{
	size_t n = strcspn(word, "=");
	CLEANUP_FREE char *name = strndup(word, n);
	enum conf_key key = name ? option_find(name) : CONF_KEY_COUNT;

	if (word[n] && key < CONF_KEY_COUNT && !strpbrk(word, "\r\n")) {
		set(s, key, word + n + 1);
		return true;
	}
	fprintf(stderr, "mailchute: '%s' is no SETTING=VALUE of mailchute.conf(5)\n",
		word);
	return false;
}

/* True to go on; false when *RET_EXIT is the answer. */
static bool parse_arguments(int argc, char **argv, struct setup *s, int *ret_exit)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "encrypt", no_argument, NULL, 'e' },
		{ "no-test", no_argument, NULL, 'n' },
		{ "secret-file", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	*ret_exit = EX_USAGE;
	while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			if (strlen(optarg) >= PATH_MAX)
				return false;
			s->file = optarg;
			break;
		case 'e': s->encrypt = true; break;
		case 'f': s->secret_file = optarg; break;
		case 'n': s->no_test = true; break;
		case 'h':
			usage(stdout);
			*ret_exit = EX_OK;
			return false;
		default: usage(stderr); return false;
		}
	}
	for (; optind < argc; optind++) {
		if (!take_setting(s, argv[optind]))
			return false;
	}
	return true;
}

/* Sees to it that there is a value: from the command line, from somebody, or FALLBACK. */
static bool need(
	struct setup *s, enum conf_key key, const char *question, const char *fallback)
{
	if (*answer(s, key) && **answer(s, key))
		return true;
	forget(s, key);
	if (s->asks)
		*answer(s, key) = ask(question, fallback);
	else if (fallback && *fallback)
		set(s, key, fallback);
	else
		fprintf(stderr,
			"mailchute: %s=... is missing, and here is nobody to ask\n",
			conf_key_name(key));
	return *answer(s, key);
}

/* The answer is a preset, or a server: then it has a dot, or is the one that is set already. */
static bool take_provider(struct setup *s, const struct provider **ret)
{
	const char *word = *answer(s, CONF_KEY_PROVIDER);
	CLEANUP(buf_free) struct buf others = { 0 };

	*ret = provider_find(word);
	if (*ret)
		return true;
	if (strchr(word, '.') || (s->before && strcmp(word, s->before->host) == 0)) {
		set(s, CONF_KEY_HOST, word);
		return true;
	}
	provider_suggest(word, &others);
	fprintf(stderr, "mailchute: there is no preset '%s'%s\n", word,
		buf_cstr(&others) ? others.data : "");
	forget(s, CONF_KEY_PROVIDER);
	return false;
}

/* What is set for another server than the new one goes. */
static void clear_server(struct setup *s, const struct provider *p)
{
	static const enum conf_key of_server[] = { CONF_KEY_PORT, CONF_KEY_TLS,
		CONF_KEY_REGION, CONF_KEY_HOST, CONF_KEY_CA_FILE,
		CONF_KEY_TLS_FINGERPRINT, CONF_KEY_USER, CONF_KEY_OAUTH };
	const char *host = *answer(s, CONF_KEY_HOST);
	struct conf *b = s->before;

	if (b && (p ? b->provider == p : host && strcmp(b->host, host) == 0))
		return;
	for (size_t i = 0; i < sizeof(of_server) / sizeof(of_server[0]); i++) {
		if (!*answer(s, of_server[i]))
			set(s, of_server[i], "");
	}
	if (b)
		*b->user = *b->region = '\0';
}

static bool need_provider(struct setup *s, const struct provider **ret)
{
	const struct conf *b = s->before;

	while (!*answer(s, CONF_KEY_HOST)) {
		if (!need(s, CONF_KEY_PROVIDER,
			    "Provider (mailchute providers lists them), or name of a "
			    "server",
			    !b		  ? ""
			    : b->provider ? b->provider->name
					  : b->host))
			return false;
		if (take_provider(s, ret))
			break;
		if (!s->asks)
			return false;
	}
	if (*answer(s, CONF_KEY_HOST))
		set(s, CONF_KEY_PROVIDER, "");
	clear_server(s, *ret);
	return true;
}

static bool need_login(struct setup *s, const struct provider *p)
{
	const struct conf *b = s->before;

	if (p && strstr(p->host, "%s")) {
		if (!need(s, CONF_KEY_REGION, "Region",
			    b && *b->region ? b->region : p->region))
			return false;
	}
	if (p && p->user_advice && s->asks)
		printf("With %s, user is %s; the password is %s.\n", p->title,
			p->user_advice, p->secret_advice);
	if (p && provider_wants_token(p) &&
		(!*answer(s, CONF_KEY_OAUTH) || !**answer(s, CONF_KEY_OAUTH)))
		set(s, CONF_KEY_OAUTH, "microsoft");
	if (p && p->user)
		return true;
	if (!need(s, CONF_KEY_USER, "User (- for no login)",
		    b && *b->user ? b->user
		    : p		  ? ""
				  : "-"))
		return false;
	if (strcmp(*answer(s, CONF_KEY_USER), "-") == 0)
		set(s, CONF_KEY_USER, "");
	return true;
}

static bool need_oauth(struct setup *s)
{
	const struct conf *b = s->before;
	const char *oauth = *answer(s, CONF_KEY_OAUTH);

	return !oauth || !*oauth ||
	       need(s, CONF_KEY_OAUTH_CLIENT_ID,
		       "Client ID of the application that you registered for this",
		       b ? b->oauth_client_id : "");
}

static bool need_addresses(struct setup *s, const struct provider *p)
{
	const struct conf *b = s->before;
	const char *user = *answer(s, CONF_KEY_USER);
	bool is_address = user && strchr(user, '@');

	if (p && p->sender_advice && s->asks)
		printf("It lets you send as %s.\n", p->sender_advice);
	return need(s, CONF_KEY_FROM, "Address that mail comes from",
		       b && *b->from ? b->from
		       : is_address  ? user
				     : "") &&
	       need(s, CONF_KEY_ROOT,
		       "Address that mail for root and local users goes to",
		       b && *b->root ? b->root : *answer(s, CONF_KEY_FROM));
}

static bool need_all(struct setup *s)
{
	const struct provider *p = NULL;

	return need_provider(s, &p) && need_login(s, p) && need_oauth(s) &&
	       need_addresses(s, p);
}

/* The secret that is there for the same user of the same server, or NULL; the caller wipes it. */
static char *former_secret(const struct setup *s)
{
	char *secret = NULL, error[CONF_PATH_MAX + 512];
	const struct conf *b = s->before;

	if (b && strcmp(b->host, s->conf->host) == 0 &&
		strcmp(b->user, s->conf->user) == 0 &&
		conf_password(b, &secret, error, sizeof(error)) < 0)
		return NULL;
	return secret;
}

/* Where the configuration looks for it. 0 or -errno. */
static int store(const struct setup *s, const char *secret)
{
	char directory[PATH_MAX], name[PATH_MAX];
	const char *path = s->conf->password_file;

	if (!*path)
		return secret_store(s->secrets, "password", secret, s->encrypt);
	snprintf(directory, PATH_MAX, "%s", path);
	snprintf(name, PATH_MAX, "%s", path);
	return secret_store(dirname(directory), basename(name), secret, s->encrypt);
}

static int get_secret(struct setup *s)
{
	char *secret = NULL;
	int r;

	if (conf_has_token(s->conf) || !login_has_secret(s->conf) ||
		*s->conf->password_command)
		return EX_OK;
	if (!s->former)
		s->former = former_secret(s);
	if (s->secret_file)
		secret = secret_read(s->secret_file);
	else if (s->asks)
		secret = ask_secret("Password", s->former);
	else
		return EX_OK; /* the check tells if there is none */
	if (!secret)
		return EX_NOINPUT;
	r = *secret ? store(s, secret) : 0;
	s->replaced |= *secret && r == 0;
	text_wipe(secret);
	return r < 0 ? EX_CANTCREAT : EX_OK;
}

static bool is_default(const struct setup *s)
{
	return strcmp(s->file, DEFAULT_CONF_FILE) == 0;
}

/* Another file than the system's has its secret beside it. */
static bool find_secrets(struct setup *s)
{
	char file[PATH_MAX], path[PATH_MAX + 16];
	const char *user = *answer(s, CONF_KEY_USER);

	snprintf(file, sizeof(file), "%s", s->file);
	if (!realpath(dirname(file), s->secrets) ||
		strlen(s->secrets) + sizeof("/secrets") > sizeof(s->secrets)) {
		fprintf(stderr, "mailchute: the directory of %s cannot be used\n",
			s->file);
		return false;
	}
	snprintf(s->secrets + strlen(s->secrets), sizeof("/secrets"), "/secrets");
	snprintf(path, sizeof(path), "%s/password", s->secrets);
	if (!is_default(s) && !*answer(s, CONF_KEY_PASSWORD_FILE) && (!user || *user))
		set(s, CONF_KEY_PASSWORD_FILE, path);
	return true;
}

static int set_up_system(const struct setup *s)
{
	char words[128], *line = NULL;
	int r;

	if (!is_default(s))
		return EX_OK;
	if (access("/run/systemd/system", F_OK) < 0) {
		puts("systemd does not run here: have mailchuted --foreground run by "
		     "yourself");
		return EX_OK;
	}
	r = command_line(SYSTEM_COMMAND, SYSTEM_MS, &line, words, sizeof(words));
	free(line);
	if (r < 0)
		fprintf(stderr, "mailchute: %s: it %s\n", SYSTEM_COMMAND, words);
	return r < 0 ? EX_OSERR : EX_OK;
}

static int run(int (*command)(int, char **), char *const words[])
{
	char *argv[8];
	int argc = 0;

	for (; words[argc]; argc++)
		argv[argc] = words[argc];
	argv[argc] = NULL;
	optind = 0; /* getopt_long() starts anew */
	fflush(stdout);
	return command(argc, argv);
}

/* A refused secret makes way for the one that it replaced, which may be good. With further accounts the
 * refusal may be another one's. STATUS. */
static int put_back(struct setup *s, int status)
{
	if (s->former && s->replaced && s->conf->account_count == 0 &&
		store(s, s->former) == 0 && set_up_system(s) == EX_OK)
		puts("The password that was there before is there again.");
	return status;
}

/* Until the login works, or nobody wants another try. */
static int check(struct setup *s)
{
	char *words[] = { (char *)"check", (char *)"-c", (char *)s->file, NULL };

	for (;;) {
		int status = run(control_check, words);

		if (status != EX_NOPERM || conf_has_token(s->conf))
			return status;
		if (!s->asks || !ask_yes("Another password?"))
			return put_back(s, status);
		status = get_secret(s);
		if (status == EX_OK)
			status = set_up_system(s);
		if (status != EX_OK)
			return status;
	}
}

static int log_in(struct setup *s)
{
	char *words[] = { (char *)"login", (char *)"-c", (char *)s->file, (char *)"-d",
		s->secrets, NULL };

	return *s->conf->oauth && s->asks ? run(control_login, words) : EX_OK;
}

static int test(const struct setup *s)
{
	char *words[] = { (char *)"test", (char *)"root", NULL };

	return s->no_test || !is_default(s) ? EX_OK : run(control_test, words);
}

static int set_up(struct setup *s)
{
	int status;

	if (is_default(s) && geteuid() != 0) {
		fputs("mailchute: setup is for root\n", stderr);
		return EX_NOPERM;
	}
	if (!need_all(s) || !find_secrets(s))
		return EX_USAGE;
	status = setup_write(s->file, &s->answers, &s->conf);
	if (status != EX_OK)
		return status;
	status = get_secret(s);
	if (status == EX_OK)
		status = log_in(s);
	if (status == EX_OK)
		status = set_up_system(s);
	if (status == EX_OK)
		status = check(s);
	if (status == EX_OK)
		status = test(s);
	if (status != EX_OK)
		puts("\nWhen that is mended, run mailchute setup again; an empty answer "
		     "keeps what is set.");
	return status;
}

int control_setup(int argc, char **argv)
{
	struct setup s = { .file = DEFAULT_CONF_FILE, .asks = isatty(STDIN_FILENO) };
	CLEANUP(buf_free) struct buf faults = { 0 };
	int status;

	if (parse_arguments(argc, argv, &s, &status)) {
		conf_load(s.file, &s.before, &faults); /* may be a first one, or faulty */
		status = set_up(&s);
	}
	for (enum conf_key key = 0; key < CONF_KEY_COUNT; key++)
		free(*answer(&s, key));
	text_wipe(s.former);
	conf_free(s.before);
	conf_free(s.conf);
	return status;
}
