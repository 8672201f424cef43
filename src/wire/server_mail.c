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

/* What a command was given; the strings lie in one copy of its argument. */
struct arguments {
	struct server_mail mail;
	struct server_rcpt rcpt;
	bool utf8; /* the address is not ASCII alone */
	bool has_body, has_auth;
};

/* One parameter "KEYWORD=VALUE" (VALUE is NULL without '='): false if the value is no good. */
typedef bool (*take_parameter)(struct arguments *a, const char *value);

static bool take_size(struct arguments *a, const char *value)
{
	if (a->mail.has_size || !value)
		return false;
	a->mail.has_size = true;
	/* 20 digits are allowed, and may be more than fits (RFC 1870 section 4) */
	if (strlen(value) <= 20 &&
		num_parse(value, strlen(value), UINT64_MAX, &a->mail.size) == 0)
		return true;
	a->mail.size = UINT64_MAX;
	return *value && strlen(value) <= 20 &&
	       strspn(value, "0123456789") == strlen(value);
}

/* The spelling of OPTIONS (a list that ends with NULL) that VALUE is, or NULL. */
static const char *one_of(const char *value, const char *const *options)
{
	while (value && *options && strcasecmp(value, *options) != 0)
		options++;
	return value ? *options : NULL;
}

static bool take_body(struct arguments *a, const char *value)
{
	static const char *const known[] = { "7BIT", "8BITMIME", NULL };
	const char *body = one_of(value, known);

	if (a->has_body || !body)
		return false;
	a->has_body = true;
	a->mail.body = body;
	return true;
}

static bool take_smtputf8(struct arguments *a, const char *value)
{
	if (a->mail.smtputf8 || value)
		return false;
	a->mail.smtputf8 = true;
	return true;
}

static bool take_ret(struct arguments *a, const char *value)
{
	if (*a->mail.ret || !value || !dsn_ret_valid(value))
		return false;
	a->mail.ret = value;
	return true;
}

static bool take_envid(struct arguments *a, const char *value)
{
	if (*a->mail.envid || !value || !dsn_envid_valid(value))
		return false;
	a->mail.envid = value;
	return true;
}

/* Who sent it first, as the client believes (RFC 4954 section 5); nobody here trusts it. */
static bool take_auth(struct arguments *a, const char *value)
{
	if (a->has_auth || !value || !dsn_xtext_valid(value))
		return false;
	a->has_auth = true;
	return true;
}

static bool take_notify(struct arguments *a, const char *value)
{
	if (*a->rcpt.notify || !value || !dsn_notify_valid(value))
		return false;
	a->rcpt.notify = value;
	return true;
}

static bool take_orcpt(struct arguments *a, const char *value)
{
	if (*a->rcpt.orcpt || !value || !dsn_orcpt_valid(value))
		return false;
	a->rcpt.orcpt = value;
	return true;
}

#define OFFER(member) offsetof(struct server_options, member)

static const struct parameter {
	const char *name;
	bool of_mail;	/* else of RCPT */
	size_t offered; /* where in the options; 0: always, or as AUTH is */
	take_parameter take;
} parameters[] = {
	{ "SIZE", true, 0, take_size },
	{ "BODY", true, OFFER(eightbitmime), take_body },
	{ "SMTPUTF8", true, OFFER(smtputf8), take_smtputf8 },
	{ "RET", true, OFFER(dsn), take_ret },
	{ "ENVID", true, OFFER(dsn), take_envid },
	{ "AUTH", true, 0, take_auth },
	{ "NOTIFY", false, OFFER(dsn), take_notify },
	{ "ORCPT", false, OFFER(dsn), take_orcpt },
};

static const struct parameter *find(
	const struct server *server, bool of_mail, const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
		const struct parameter *p = &parameters[i];

		if (p->of_mail != of_mail || n != strlen(p->name) ||
			strncasecmp(name, p->name, n) != 0 || !server->extended)
			continue;
		if (p->take == take_auth && !server_may_auth(server))
			return NULL;
		if (p->offered &&
			!*(const bool *)((const char *)server->options + p->offered))
			return NULL;
		return p;
	}
	return NULL;
}

/* The words behind the address; false after the client was told what is wrong. */
static bool read_parameters(
	struct server *server, bool of_mail, char *words, struct arguments *a)
{
	char *word, *rest = words;

	while ((word = strsep(&rest, " "))) {
		char *equals = strchr(word, '=');
		const struct parameter *p = find(server, of_mail, word,
			equals ? (size_t)(equals - word) : strlen(word));

		if (!p) {
			char name[41]; /* a reply is ASCII */

			text_printable(name, sizeof(name), word, strcspn(word, "="));
			server_answer(server, 555, "5.5.4", "There is no parameter %s",
				*name ? name : "here");
			return false;
		}
		if (!p->take(a, equals ? equals + 1 : NULL)) {
			server_answer(server, 501, "5.5.4", "%s cannot be that", p->name);
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
	a->mail.sender = a->rcpt.address = line + 1;
	return !line[len] || read_parameters(server, of_mail, line + len + 1, a);
}

/* The argument as a string of its own: replies and handlers do not see it change. */
static bool copy(struct server *server, const char *argument, size_t n, struct buf *to)
{
	buf_add(to, argument, n);
	if (buf_cstr(to))
		return true;
	server_answer(server, 452, "4.3.1", "There is not enough memory");
	return false;
}

static void run_mail(struct server *server, struct arguments *a)
{
	struct server_reply reply = { 250, "2.1.0", "Ok" };

	if (a->utf8 && !a->mail.smtputf8) {
		server_answer(server, 553, "5.6.7", "That address needs SMTPUTF8");
		return;
	}
	if (server->options->size_max && a->mail.size > server->options->size_max) {
		server_answer(server, 552, "5.3.4", "Messages may have %llu octets",
			(unsigned long long)server->options->size_max);
		return;
	}
	server->handler->mail(server->context, &a->mail, &reply);
	server->mail_given = reply.code / 100 == 2;
	server->smtputf8 = server->mail_given && a->mail.smtputf8;
	server_send(server, &reply);
}

int server_do_mail(struct server *server, const char *argument, size_t n)
{
	CLEANUP(buf_free) struct buf line = { 0 };
	struct arguments a = { .mail = { .body = "", .ret = "", .envid = "" } };

	if (server->options->require_auth && !*server->user)
		return server_answer(server, 530, "5.7.0", "%s",
			server->options->starttls && !server->secure
				? "Say STARTTLS, and then log in"
				: "Log in first");
	if (server->mail_given)
		return server_answer(server, 503, "5.5.1", "There is a sender already");
	if (copy(server, argument, n, &line) &&
		read_arguments(server, true, line.data, n, &a))
		run_mail(server, &a);
	return server->stream->failed;
}

static void run_rcpt(struct server *server, struct arguments *a)
{
	struct server_reply reply = { 250, "2.1.5", "Ok" };

	if (a->utf8 && !server->smtputf8) {
		server_answer(server, 553, "5.6.7", "That address needs SMTPUTF8");
		return;
	}
	if (server->recipients >= server->options->recipients_max) {
		server_answer(server, 452, "4.5.3",
			"Too many recipients; send another message");
		return;
	}
	server->handler->rcpt(server->context, &a->rcpt, &reply);
	server->recipients += reply.code / 100 == 2;
	server_send(server, &reply);
}

int server_do_rcpt(struct server *server, const char *argument, size_t n)
{
	CLEANUP(buf_free) struct buf line = { 0 };
	struct arguments a = { .rcpt = { .notify = "", .orcpt = "" } };

	if (!server->mail_given || server->data_opened)
		return server_answer(server, 503, "5.5.1",
			server->data_opened ? "The message has begun" : "Say MAIL first");
	if (copy(server, argument, n, &line) &&
		read_arguments(server, false, line.data, n, &a))
		run_rcpt(server, &a);
	return server->stream->failed;
}
