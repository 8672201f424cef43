/* SPDX-License-Identifier: ISC */
/* MAIL and RCPT with their parameters. */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/text.h"
#include "mail/dsn.h"
#include "wire/server_path.h"
#include "wire/server_session.h"

enum {
	SIZE,
	BODY,
	SMTPUTF8,
	AUTH,
	RET, /* DSN from here on, in the order of an envelope */
	ENVID,
	NOTIFY,
	ORCPT,
	PARAMETER_COUNT
};

/* What a command was given; the strings lie in one copy of its argument. */
struct arguments {
	char *address;
	bool utf8;			     /* it is not ASCII alone */
	const char *values[PARAMETER_COUNT]; /* NULL: it is not there */
};

/* 20 digits are allowed, and may be more than fits (RFC 1870 section 4). */
static bool size_valid(const char *value)
{
	size_t n = strlen(value);

	return n > 0 && n <= 20 && strspn(value, "0123456789") == n;
}

static bool body_valid(const char *value)
{
	return strcasecmp(value, "7BIT") == 0 || strcasecmp(value, "8BITMIME") == 0;
}

#define OFFER(member) offsetof(struct server_options, member)

static const struct parameter {
	const char *name;
	bool of_mail;			  /* else of RCPT */
	size_t offered;			  /* where in the options; 0: always */
	bool (*valid)(const char *value); /* NULL: it has no value */
} parameters[] = {
	[SIZE] = { "SIZE", true, 0, size_valid },
	[BODY] = { "BODY", true, OFFER(eightbitmime), body_valid },
	[SMTPUTF8] = { "SMTPUTF8", true, OFFER(smtputf8), NULL },
	/* who sent it first, as the client believes (RFC 4954 section 5); nobody here trusts it */
	[AUTH] = { "AUTH", true, 0, dsn_xtext_valid },
	[RET] = { "RET", true, OFFER(dsn), dsn_ret_valid },
	[ENVID] = { "ENVID", true, OFFER(dsn), dsn_envid_valid },
	[NOTIFY] = { "NOTIFY", false, OFFER(dsn), dsn_notify_valid },
	[ORCPT] = { "ORCPT", false, OFFER(dsn), dsn_orcpt_valid },
};

static bool is_offered(const struct server *server, size_t i)
{
	const bool *offer =
		(const void *)((const char *)server->options + parameters[i].offered);

	if (i == AUTH)
		return server_may_auth(server);
	return parameters[i].offered == 0 || *offer;
}

/* The number of the parameter, or PARAMETER_COUNT. */
static size_t find(const struct server *server, bool of_mail, const char *name, size_t n)
{
	size_t i = 0;

	while (i < PARAMETER_COUNT && (parameters[i].of_mail != of_mail ||
					      !text_is(name, n, parameters[i].name)))
		i++;
	return i < PARAMETER_COUNT && server->extended && is_offered(server, i)
		       ? i
		       : PARAMETER_COUNT;
}

/* "KEYWORD=VALUE" (VALUE is NULL without '='): false if that is no good, or there was one before. */
static bool take(struct arguments *a, size_t i, const char *value)
{
	bool (*valid)(const char *) = parameters[i].valid;

	if (a->values[i] || (valid ? !value || !valid(value) : value != NULL))
		return false;
	a->values[i] = value ? value : "";
	return true;
}

/* The words behind the address; false after the client was told what is wrong. */
static bool read_parameters(
	struct server *server, bool of_mail, char *words, struct arguments *a)
{
	char *word, *rest = words;

	while ((word = strsep(&rest, " "))) {
		char *equals = strchr(word, '=');
		size_t i = find(server, of_mail, word, strcspn(word, "="));

		if (i == PARAMETER_COUNT) {
			char name[41]; /* a reply is ASCII */

			text_printable(name, sizeof(name), word, strcspn(word, "="));
			server_answer(server, 555, "5.5.4", "There is no parameter %s",
				*name ? name : "here");
			return false;
		}
		if (!take(a, i, equals ? equals + 1 : NULL)) {
			server_answer(server, 501, "5.5.4", "%s cannot be that",
				parameters[i].name);
			return false;
		}
	}
	return true;
}

/*
 * "FROM:<address> parameters", or "TO:". The copy in LINE is cut up. False after the client was told
 * what is wrong.
 */
static bool read_arguments(
	struct server *server, bool of_mail, char *line, size_t n, struct arguments *a)
{
	const char *keyword = of_mail ? "FROM:" : "TO:";
	bool lenient = server->options->lenient;
	size_t skip = strlen(keyword), len;
	enum server_path kind;

	if (n < skip || strncasecmp(line, keyword, skip) != 0) {
		server_answer(server, 501, "5.5.4", "Say %s<address>", keyword);
		return false;
	}
	while (lenient && line[skip] == ' ')
		skip++;
	line += skip;
	n -= skip;
	kind = lenient ? server_path_read_lenient(line, n, &len, &a->utf8)
		       : server_path_read(line, n, &len, &a->utf8);
	if (kind == SERVER_PATH_ROUTE) {
		server_answer(server, 553, "5.1.3", "Source routes are not followed");
		return false;
	}
	if (kind != SERVER_PATH_OK || (line[len] && line[len] != ' ') ||
		len > SERVER_ADDRESS_MAX || (!of_mail && len == 2)) {
		server_answer(server, 501, of_mail ? "5.1.7" : "5.1.3",
			"That is no address in angle brackets");
		return false;
	}
	line[len - 1] = '\0';
	a->address = line + 1;
	return !line[len] || read_parameters(server, of_mail, line + len + 1, a);
}

/* The address, and the DSN parameters, which go into *DSN, as an envelope has them. */
static struct envelope_path path_of(const struct arguments *a, struct buf *dsn)
{
	for (size_t i = RET; i < PARAMETER_COUNT; i++) {
		if (a->values[i])
			buf_addf(dsn, "%s%s=%s", dsn->len ? " " : "", parameters[i].name,
				a->values[i]);
	}
	return (struct envelope_path){ .address = a->address,
		.parameters = dsn->len ? (char *)buf_cstr(dsn) : NULL };
}

static int no_memory(struct server *server)
{
	return server_answer(server, 452, "4.3.1", "There is not enough memory");
}

static bool is_too_large(const struct server *server, const char *size)
{
	uint64_t max = server->options->size_max, octets;

	return max && size && num_parse(size, strlen(size), max, &octets) < 0;
}

/* The value as RFC 6152 spells it. */
static const char *body_name(const char *value)
{
	if (!value)
		return "";
	return *value == '7' ? "7BIT" : "8BITMIME";
}

static int run_mail(struct server *server, const struct arguments *a)
{
	CLEANUP(buf_free) struct buf dsn = { 0 };
	const struct envelope_path path = path_of(a, &dsn);
	struct server_reply reply = { 250, "2.1.0", "Ok" };

	if (buf_failed(&dsn))
		return no_memory(server);
	if (a->utf8 && !a->values[SMTPUTF8])
		return server_answer(server, 553, "5.6.7", "That address needs SMTPUTF8");
	if (is_too_large(server, a->values[SIZE]))
		return server_answer(server, 552, "5.3.4",
			"Messages may have %llu octets",
			(unsigned long long)server->options->size_max);
	server->handler->mail(server->context, &path, body_name(a->values[BODY]), &reply);
	server->mail_given = reply.code / 100 == 2;
	server->smtputf8 = server->mail_given && a->values[SMTPUTF8];
	return server_send(server, &reply);
}

static int run_rcpt(struct server *server, const struct arguments *a)
{
	CLEANUP(buf_free) struct buf dsn = { 0 };
	const struct envelope_path path = path_of(a, &dsn);
	struct server_reply reply = { 250, "2.1.5", "Ok" };

	if (buf_failed(&dsn))
		return no_memory(server);
	if (a->utf8 && !server->smtputf8)
		return server_answer(server, 553, "5.6.7", "That address needs SMTPUTF8");
	if (server->recipients >= server->options->recipients_max)
		return server_answer(server, 452, "4.5.3",
			"Too many recipients; send another message");
	server->handler->rcpt(server->context, &path, &reply);
	server->recipients += reply.code / 100 == 2;
	return server_send(server, &reply);
}

/* With a copy of the argument: replies and handlers do not see it change. */
static int run(struct server *server, bool of_mail, const char *argument, size_t n)
{
	CLEANUP(buf_free) struct buf line = { 0 };
	struct arguments a = { 0 };

	buf_add(&line, argument, n);
	if (!buf_cstr(&line))
		return no_memory(server);
	if (!read_arguments(server, of_mail, line.data, n, &a))
		return server->stream->failed;
	return of_mail ? run_mail(server, &a) : run_rcpt(server, &a);
}

int server_do_mail(struct server *server, const char *argument, size_t n)
{
	if (server->options->require_auth && !*server->user)
		return server_answer(server, 530, "5.7.0", "%s",
			server->options->starttls && !server->secure
				? "Say STARTTLS, and then log in"
				: "Log in first");
	if (server->mail_given)
		return server_answer(server, 503, "5.5.1", "There is a sender already");
	return run(server, true, argument, n);
}

int server_do_rcpt(struct server *server, const char *argument, size_t n)
{
	if (!server->mail_given || server->data_opened)
		return server_answer(server, 503, "5.5.1",
			server->data_opened ? "The message has begun" : "Say MAIL first");
	return run(server, false, argument, n);
}
