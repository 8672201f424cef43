/* SPDX-License-Identifier: ISC */
#include "wire/server.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "wire/server_session.h"

__attribute__((format(printf, 4, 0))) static void reply_set(struct server_reply *reply,
	int code, const char *enhanced, const char *format, va_list ap)
{
	reply->code = code;
	snprintf(reply->enhanced, sizeof(reply->enhanced), "%s", enhanced);
	vsnprintf(reply->text, sizeof(reply->text), format, ap);
}

void server_reply_set(struct server_reply *reply, int code, const char *enhanced,
	const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	reply_set(reply, code, enhanced, format, ap);
	va_end(ap);
}

/* 421 says that the connection will be closed (RFC 5321 section 3.8). */
int server_send(struct server *server, const struct server_reply *reply)
{
	bool enhanced = server->options->enhanced_status_codes && *reply->enhanced;

	if (reply->code == 421)
		server->ended = true;
	return stream_printf(server->stream, "%d %s%s%s\r\n", reply->code,
		enhanced ? reply->enhanced : "", enhanced ? " " : "", reply->text);
}

int server_answer(
	struct server *server, int code, const char *enhanced, const char *format, ...)
{
	struct server_reply reply;
	va_list ap;

	va_start(ap, format);
	reply_set(&reply, code, enhanced, format, ap);
	va_end(ap);
	return server_send(server, &reply);
}

void server_reset(struct server *server)
{
	server->handler->reset(server->context);
	server->smtputf8 = server->chunked = false;
	server->mail_given = server->data_opened = false;
	server->data_bare = server->after_cr = false;
	server->data_error = 0;
	server->received = 0;
	server->recipients = 0;
}

ssize_t server_read(struct server *server, void *to, size_t n)
{
	struct stream *s = server->stream;

	if (!stream_has_input(s)) {
		int r;

		stream_set_deadline(s, clock_mono_ms() + server->options->timeout_ms);
		r = stream_flush(s);
		if (r < 0)
			return r;
	}
	return stream_read(s, to, n);
}

/* Takes the line end off; what is left tells whether the line is in order. */
static enum server_line check_line(struct server *server)
{
	struct buf *line = &server->line;

	server->bare_lf = !line->len || line->data[line->len - 1] != '\r';
	if (!server->bare_lf)
		line->len--;
	else if (!server->options->lenient)
		return SERVER_LINE_BAD;
	for (size_t i = 0; i < line->len; i++) {
		if (line->data[i] == '\0' || line->data[i] == '\r')
			return SERVER_LINE_BAD;
	}
	return SERVER_LINE_OK;
}

int server_read_line(struct server *server, enum server_line *ret)
{
	struct buf *line = &server->line;
	bool is_long = false;

	buf_clear(line);
	for (;;) {
		char c;
		ssize_t r = server_read(server, &c, 1);

		if (r < 0)
			return (int)r;
		if (r == 0) {
			*ret = SERVER_LINE_END;
			return 0;
		}
		if (c == '\n')
			break;
		is_long |= line->len >= SERVER_COMMAND_MAX - 1;
		if (!is_long)
			buf_addc(line, c);
	}
	*ret = is_long ? SERVER_LINE_LONG : check_line(server);
	return 0;
}

/* Whom the client says it is, for EHLO and HELO; false after it was told what is wrong. */
static bool take_name(struct server *server, bool extended, const char *name, size_t n)
{
	bool ok = n > 0 && n < sizeof(server->hello);

	for (size_t i = 0; ok && i < n; i++)
		ok = name[i] > ' ' && name[i] <= '~';
	if (!ok) {
		server_answer(server, 501, "5.5.4", "Say the name of your host");
		return false;
	}
	server_reset(server);
	memcpy(server->hello, name, n);
	server->hello[n] = '\0';
	server->extended = extended;
	return true;
}

static int do_helo(struct server *server, const char *argument, size_t n)
{
	if (!take_name(server, false, argument, n))
		return server->stream->failed;
	return stream_printf(server->stream, "250 %s\r\n", server->options->hostname);
}

static int do_ehlo(struct server *server, const char *argument, size_t n)
{
	const struct server_options *o = server->options;
	struct stream *s = server->stream;

	if (!take_name(server, true, argument, n))
		return s->failed;
	stream_printf(s, "250-%s\r\n", o->hostname);
	if (o->pipelining)
		stream_printf(s, "250-PIPELINING\r\n");
	if (o->eightbitmime)
		stream_printf(s, "250-8BITMIME\r\n");
	if (o->smtputf8)
		stream_printf(s, "250-SMTPUTF8\r\n");
	if (o->chunking)
		stream_printf(s, "250-CHUNKING\r\n");
	if (o->enhanced_status_codes)
		stream_printf(s, "250-ENHANCEDSTATUSCODES\r\n");
	if (o->dsn)
		stream_printf(s, "250-DSN\r\n");
	if (o->starttls && !server->secure)
		stream_printf(s, "250-STARTTLS\r\n");
	if (server_may_auth(server))
		stream_printf(s, "250-AUTH%s%s\r\n", o->auth_plain ? " PLAIN" : "",
			o->auth_login ? " LOGIN" : "");
	return stream_printf(s, "250 SIZE %llu\r\n", (unsigned long long)o->size_max);
}

static int do_rset(struct server *server, const char *argument, size_t n)
{
	(void)argument, (void)n;
	server_reset(server);
	return server_answer(server, 250, "2.0.0", "Ok");
}

static int do_noop(struct server *server, const char *argument, size_t n)
{
	(void)argument, (void)n;
	return server_answer(server, 250, "2.0.0", "Ok");
}

static int do_vrfy(struct server *server, const char *argument, size_t n)
{
	(void)argument;
	if (n == 0)
		return server_answer(server, 501, "5.5.4", "VRFY whom?");
	return server_answer(server, 252, "2.1.5", "Send it, and see");
}

static int do_help(struct server *server, const char *argument, size_t n)
{
	(void)argument, (void)n;
	return server_answer(server, 214, "2.0.0", "See RFC 5321");
}

static int do_quit(struct server *server, const char *argument, size_t n)
{
	(void)argument, (void)n;
	server->ended = true;
	return server_answer(
		server, 221, "2.0.0", "%s says goodbye", server->options->hostname);
}

/* Nothing that was said in plain counts afterwards (RFC 3207 section 4.2). */
static int do_starttls(struct server *server, const char *argument, size_t n)
{
	int r;

	(void)argument;
	if (!server->options->starttls)
		return server_answer(server, 502, "5.5.1", "STARTTLS is not offered");
	if (server->secure)
		return server_answer(server, 503, "5.5.1", "TLS is on already");
	if (n)
		return server_answer(server, 501, "5.5.4", "STARTTLS stands alone");
	server_answer(server, 220, "2.0.0", "Go ahead");
	r = stream_flush(server->stream);
	if (r < 0)
		return r;
	stream_discard_input(server->stream);
	server_reset(server);
	server->hello[0] = server->user[0] = '\0';
	stream_set_deadline(
		server->stream, clock_mono_ms() + server->options->timeout_ms);
	r = server->handler->start_tls(server->context, server->stream);
	server->secure = r == 0;
	return r;
}

static const struct verb {
	const char *name;
	server_command run;
	bool early; /* may come before EHLO */
	bool alone; /* without an argument */
} verbs[] = {
	{ .name = "EHLO", .run = do_ehlo, .early = true },
	{ .name = "HELO", .run = do_helo, .early = true },
	{ .name = "MAIL", .run = server_do_mail },
	{ .name = "RCPT", .run = server_do_rcpt },
	{ .name = "DATA", .run = server_do_data, .alone = true },
	/* its octets must be skipped in any case */
	{ .name = "BDAT", .run = server_do_bdat, .early = true },
	{ .name = "RSET", .run = do_rset, .early = true, .alone = true },
	{ .name = "NOOP", .run = do_noop, .early = true },
	{ .name = "VRFY", .run = do_vrfy, .early = true },
	{ .name = "HELP", .run = do_help, .early = true },
	{ .name = "QUIT", .run = do_quit, .early = true, .alone = true },
	{ .name = "AUTH", .run = server_do_auth },
	{ .name = "STARTTLS", .run = do_starttls },
};

static int run_command(struct server *server)
{
	const char *line = server->line.data;
	size_t n = server->line.len;
	const char *blank = n ? memchr(line, ' ', n) : NULL;
	size_t word = blank ? (size_t)(blank - line) : n;
	size_t skip = blank ? word + 1 : word;

	while (n > skip && line[n - 1] == ' ') /* RFC 5321 section 4.1.1 lets it pass */
		n--;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		const struct verb *verb = &verbs[i];

		if (!text_is(line, word, verb->name))
			continue;
		if (!verb->early && !server->hello[0])
			return server_answer(server, 503, "5.5.1", "Say EHLO first");
		if (verb->alone && n > skip)
			return server_answer(
				server, 501, "5.5.4", "%s stands alone", verb->name);
		return verb->run(server, skip < n ? line + skip : "", n - skip);
	}
	return server_answer(server, 500, "5.5.2", "What is that?");
}

static int run_line(struct server *server, enum server_line kind)
{
	switch (kind) {
	case SERVER_LINE_OK: return run_command(server);
	case SERVER_LINE_LONG:
		return server_answer(server, 500, "5.5.6", "That line is too long");
	case SERVER_LINE_BAD:
		return server_answer(server, 500, "5.5.2",
			"A line ends with CR and LF, and has neither");
	case SERVER_LINE_END: break;
	}
	server->ended = true;
	server->cut = server->data_opened;
	return 0;
}

int server_run(struct server *server)
{
	int r = stream_printf(
		server->stream, "220 %s ESMTP\r\n", server->options->hostname);

	while (r == 0 && !server->ended) {
		enum server_line kind;

		r = server_read_line(server, &kind);
		if (r == 0)
			r = buf_failed(&server->line) ? -ENOMEM : run_line(server, kind);
	}
	server_reset(server);
	buf_wipe(&server->line);
	return r < 0 ? r : stream_flush(server->stream);
}
