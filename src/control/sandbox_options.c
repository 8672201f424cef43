/* SPDX-License-Identifier: ISC */
#include "control/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/num.h"
#include "base/text.h"

#define PASSWORD_MAX 4096

enum option_value {
	OPTION_DIR = 1,
	OPTION_LISTEN,
	OPTION_PORT,
	OPTION_TLS_PORT,
	OPTION_USER,
	OPTION_PASSWORD_FILE,
	OPTION_SIZE,
	OPTION_HOSTNAME,
	OPTION_REPLY,
	OPTION_HELP,
	OPTION_SWITCH, /* the first of switches[] */
};

static const struct {
	size_t member; /* of struct server_options */
	bool value;
} switches[] = {
	{ offsetof(struct server_options, starttls), false },
	{ offsetof(struct server_options, auth_plain), false },
	{ offsetof(struct server_options, auth_login), false },
	{ offsetof(struct server_options, pipelining), false },
	{ offsetof(struct server_options, chunking), false },
	{ offsetof(struct server_options, eightbitmime), false },
	{ offsetof(struct server_options, smtputf8), false },
	{ offsetof(struct server_options, enhanced_status_codes), false },
	{ offsetof(struct server_options, dsn), false },
	{ offsetof(struct server_options, require_auth), false },
	{ offsetof(struct server_options, allow_plain_auth), true },
};

static const struct option long_options[] = {
	{ "dir", required_argument, NULL, OPTION_DIR },
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "port", required_argument, NULL, OPTION_PORT },
	{ "tls-port", required_argument, NULL, OPTION_TLS_PORT },
	{ "user", required_argument, NULL, OPTION_USER },
	{ "password-file", required_argument, NULL, OPTION_PASSWORD_FILE },
	{ "size", required_argument, NULL, OPTION_SIZE },
	{ "hostname", required_argument, NULL, OPTION_HOSTNAME },
	{ "reply", required_argument, NULL, OPTION_REPLY },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "no-starttls", no_argument, NULL, OPTION_SWITCH },
	{ "no-auth-plain", no_argument, NULL, OPTION_SWITCH + 1 },
	{ "no-auth-login", no_argument, NULL, OPTION_SWITCH + 2 },
	{ "no-pipelining", no_argument, NULL, OPTION_SWITCH + 3 },
	{ "no-chunking", no_argument, NULL, OPTION_SWITCH + 4 },
	{ "no-8bitmime", no_argument, NULL, OPTION_SWITCH + 5 },
	{ "no-smtputf8", no_argument, NULL, OPTION_SWITCH + 6 },
	{ "no-enhanced-status-codes", no_argument, NULL, OPTION_SWITCH + 7 },
	{ "no-dsn", no_argument, NULL, OPTION_SWITCH + 8 },
	{ "no-auth-required", no_argument, NULL, OPTION_SWITCH + 9 },
	{ "allow-plain-auth", no_argument, NULL, OPTION_SWITCH + 10 },
	{ NULL, 0, NULL, 0 },
};

static void usage(FILE *to)
{
	fputs("usage: mailchute sandbox [OPTION...]\n\n"
	      "  --dir DIR             keep mail and certificates there (default: a new "
	      "one)\n"
	      "  --listen ADDRESS      default: 127.0.0.1\n"
	      "  --port N              for STARTTLS; default: any free one\n"
	      "  --tls-port N          for implicit TLS; default: any free one\n"
	      "  --hostname NAME       default: localhost\n"
	      "  --user NAME           default: sandbox\n"
	      "  --password-file FILE  default: the password is sandbox\n"
	      "  --size N              octets of a message; default: 35882577\n"
	      "  --reply STAGE:PATTERN:REPLY\n"
	      "                        such as 'RCPT:joe@:550 5.1.1 no such user'; STAGE "
	      "is\n"
	      "                        MAIL, RCPT or DATA, PATTERN a part of an address "
	      "or *\n"
	      "  --no-auth-required    take mail without a login\n"
	      "  --allow-plain-auth    take passwords without TLS\n"
	      "  --no-starttls, --no-auth-plain, --no-auth-login, --no-pipelining,\n"
	      "  --no-chunking, --no-8bitmime, --no-smtputf8, "
	      "--no-enhanced-status-codes,\n"
	      "  --no-dsn              offer less\n",
		to);
}

static int complain(const char *what, const char *value)
{
	fprintf(stderr, "mailchute: sandbox: %s: '%s'\n", what, value);
	return -EINVAL;
}

static int parse_port(const char *s, uint16_t *ret)
{
	uint64_t port;

	if (num_parse(s, strlen(s), UINT16_MAX, &port) < 0)
		return complain("a port is a number up to 65535", s);
	*ret = (uint16_t)port;
	return 0;
}

static bool is_printable(const char *s)
{
	for (const char *p = s; *p; p++) {
		if (*p < ' ' || *p > '~')
			return false;
	}
	return *s != '\0';
}

/* A name that may stand in replies, certificates and names of files. */
static int parse_hostname(const char *s, const char **ret)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";

	if (!*s || *s == '.' || strlen(s) > 253 || strspn(s, allowed) != strlen(s))
		return complain("that is no host name", s);
	*ret = s;
	return 0;
}

static int parse_user(const char *s, const char **ret)
{
	if (!is_printable(s) || strpbrk(s, " \"") || strlen(s) >= SERVER_USER_MAX)
		return complain("a user is a printable word", s);
	*ret = s;
	return 0;
}

/* "550 5.1.1 no such user", the second word being optional. */
static int parse_reply(const char *s, struct server_reply *reply)
{
	uint64_t code;
	unsigned class, subject, detail;
	int len = 0;

	if (!is_printable(s) || strlen(s) >= sizeof(reply->text) || strlen(s) < 5 ||
		s[3] != ' ' || num_parse(s, 3, 599, &code) < 0 || code < 200 ||
		code / 100 == 3)
		return complain("a reply is a code of 2xx, 4xx or 5xx and words", s);
	s += 4;
	/* NOLINTNEXTLINE(cert-err34-c): so few digits fit */
	if (sscanf(s, "%1u.%3u.%3u%n", &class, &subject, &detail, &len) != 3 ||
		s[len] != ' ')
		len = 0;
	server_reply_set(reply, (int)code, "", "%s", len ? s + len + 1 : s);
	snprintf(reply->enhanced, sizeof(reply->enhanced), "%.*s", len, s);
	return 0;
}

/* "STAGE:PATTERN:REPLY" */
static int parse_rule(struct sandbox *sandbox, const char *s)
{
	static const char *const stages[] = { "MAIL", "RCPT", "DATA" };
	const char *pattern = strchr(s, ':');
	const char *reply = pattern ? strchr(pattern + 1, ':') : NULL;
	struct sandbox_rule *rule = &sandbox->rules[sandbox->rule_count];
	size_t stage = 0;

	if (!reply || reply == pattern + 1)
		return complain("--reply wants STAGE:PATTERN:REPLY", s);
	if (sandbox->rule_count == SANDBOX_RULES_MAX)
		return complain("that is one --reply too many", s);
	while (stage < 3 &&
		(strlen(stages[stage]) != (size_t)(pattern - s) ||
			strncmp(s, stages[stage], (size_t)(pattern - s)) != 0))
		stage++;
	if (stage == 3)
		return complain("the stage of --reply is MAIL, RCPT or DATA", s);
	if (parse_reply(reply + 1, &rule->reply) < 0)
		return -EINVAL;
	rule->stage = (enum sandbox_stage)stage;
	rule->pattern = strndup(pattern + 1, (size_t)(reply - pattern - 1));
	sandbox->rule_count++;
	return rule->pattern ? 0 : -ENOMEM;
}

/* The first line of the file. */
static int read_password(const char *path, char **ret)
{
	struct buf text = { 0 };
	int r = buf_reserve(&text, PASSWORD_MAX + 1)
			? io_read_file(AT_FDCWD, path, PASSWORD_MAX, &text)
			: -ENOMEM;

	if (r == 0 && buf_cstr(&text)) {
		text.data[strcspn(text.data, "\r\n")] = '\0';
		free(*ret);
		*ret = text.data;
		return 0;
	}
	fprintf(stderr, "mailchute: sandbox: cannot read the password from %s: %s\n",
		path, strerror(-r));
	buf_wipe(&text);
	return -EINVAL;
}

static int replace(char **string, const char *s)
{
	free(*string);
	*string = strdup(s);
	return *string ? 0 : -ENOMEM;
}

static int take_option(struct sandbox *sandbox, int option, const char *value)
{
	switch (option) {
	case OPTION_DIR: return replace(&sandbox->dir, value);
	case OPTION_LISTEN: sandbox->listen_address = value; return 0;
	case OPTION_PORT: return parse_port(value, &sandbox->starttls_port);
	case OPTION_TLS_PORT: return parse_port(value, &sandbox->implicit_port);
	case OPTION_USER: return parse_user(value, &sandbox->user);
	case OPTION_PASSWORD_FILE: return read_password(value, &sandbox->password);
	case OPTION_HOSTNAME: return parse_hostname(value, &sandbox->server.hostname);
	case OPTION_REPLY: return parse_rule(sandbox, value);
	case OPTION_SIZE:
		if (num_parse(value, strlen(value), INT64_MAX,
			    &sandbox->server.size_max) < 0)
			return complain("--size is a number of octets", value);
		return 0;
	default:
		option -= OPTION_SWITCH;
		*(bool *)((char *)&sandbox->server + switches[option].member) =
			switches[option].value;
		return 0;
	}
}

static void set_defaults(struct sandbox *sandbox)
{
	*sandbox = (struct sandbox){
		.server = {
			.hostname = "localhost",
			.starttls = true, .auth_plain = true, .auth_login = true,
			.require_auth = true, .pipelining = true, .chunking = true,
			.eightbitmime = true, .smtputf8 = true,
			.enhanced_status_codes = true, .dsn = true,
			.size_max = 35882577, .recipients_max = 1000, .timeout_ms = 300000,
		},
		.listen_address = "127.0.0.1",
		.user = "sandbox",
	};
}

bool sandbox_parse_options(struct sandbox *sandbox, int argc, char **argv, int *ret_exit)
{
	int option;

	set_defaults(sandbox);
	*ret_exit = EX_USAGE;
	if (replace(&sandbox->password, "sandbox") < 0)
		return false;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == OPTION_HELP) {
			usage(stdout);
			*ret_exit = EX_OK;
			return false;
		}
		if (option == '?') {
			usage(stderr);
			return false;
		}
		if (take_option(sandbox, option, optarg) < 0)
			return false;
	}
	if (optind < argc)
		complain("there is no use for", argv[optind]);
	return optind == argc;
}

void sandbox_clear(struct sandbox *sandbox)
{
	for (size_t i = 0; i < sandbox->rule_count; i++)
		free(sandbox->rules[i].pattern);
	text_wipe(sandbox->password);
	free(sandbox->dir);
	tls_context_free(sandbox->tls);
}
