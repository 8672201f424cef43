/* SPDX-License-Identifier: ISC */
/* One connection: what the SMTP server asks of the sandbox. */
#include "control/sandbox.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/text.h"
#include "mail/stamp.h"
#include "wire/net.h"

struct session {
	const struct sandbox *sandbox;
	struct server server;
	struct stream stream;
	char peer[INET6_ADDRSTRLEN];
	char tls[128];
	struct buf sender;     /* "<address>" */
	struct buf recipients; /* "<address>" each, NUL behind it */
	char body[16];
	struct server_reply refusal; /* of the message, when a rule asks for it */
	struct sandbox_file file;
};

static bool matches(
	const struct sandbox_rule *rule, enum sandbox_stage stage, const char *address)
{
	return rule->stage == stage &&
	       (strcmp(rule->pattern, "*") == 0 || strstr(address, rule->pattern));
}

/* Changes *REPLY if a rule for this stage says so; the first one does. */
static void apply_rules(const struct session *session, enum sandbox_stage stage,
	const char *address, struct server_reply *reply)
{
	const struct sandbox *sandbox = session->sandbox;

	for (size_t i = 0; i < sandbox->rule_count; i++) {
		if (matches(&sandbox->rules[i], stage, address)) {
			*reply = sandbox->rules[i].reply;
			return;
		}
	}
}

static bool authenticate(void *context, const char *user, const char *password)
{
	const struct session *session = context;

	return strcmp(user, session->sandbox->user) == 0 &&
	       strcmp(password, session->sandbox->password) == 0;
}

static int start_tls(void *context, struct stream *s)
{
	struct session *session = context;
	int r = tls_accept(s, session->sandbox->tls);

	if (r == 0)
		tls_describe(s, session->tls, sizeof(session->tls));
	return r;
}

static void take_mail(void *context, const struct envelope_path *path, const char *body,
	struct server_reply *reply)
{
	struct session *session = context;

	apply_rules(session, SANDBOX_MAIL, path->address, reply);
	apply_rules(session, SANDBOX_DATA, path->address, &session->refusal);
	buf_clear(&session->sender);
	buf_addf(&session->sender, "<%s>", path->address);
	snprintf(session->body, sizeof(session->body), "%s", *body ? body : "7BIT");
}

static void take_rcpt(
	void *context, const struct envelope_path *path, struct server_reply *reply)
{
	struct session *session = context;

	apply_rules(session, SANDBOX_RCPT, path->address, reply);
	if (reply->code / 100 != 2)
		return;
	if (!session->refusal.code)
		apply_rules(session, SANDBOX_DATA, path->address, &session->refusal);
	buf_addf(&session->recipients, "<%s>", path->address);
	buf_addc(&session->recipients, '\0');
}

/* RFC 3848 and RFC 6531 section 4.3. */
static void add_protocol(const struct session *session, struct buf *out)
{
	const struct server *server = &session->server;

	if (!server->extended) {
		buf_adds(out, "SMTP");
		return;
	}
	buf_adds(out, server->smtputf8 ? "UTF8SMTP" : "ESMTP");
	buf_adds(out, server->secure ? "S" : "");
	buf_adds(out, *server->user ? "A" : "");
}

static void add_trace(const struct session *session, struct buf *out)
{
	const struct server *server = &session->server;
	const char *rcpt = session->recipients.data;
	const char *end = rcpt + session->recipients.len;

	buf_adds(out, "Return-Path: ");
	buf_add(out, session->sender.data, session->sender.len);
	buf_adds(out, "\r\n");
	for (; rcpt < end; rcpt += strlen(rcpt) + 1)
		buf_addf(out, "X-Envelope-To: %s\r\n", rcpt);
	buf_addf(out, "X-Sandbox-TLS: %s\r\nX-Sandbox-User: %s\r\n",
		*session->tls ? session->tls : "none",
		*server->user ? server->user : "none");
	buf_addf(out, "Received: from %s ([%s%s])\r\n\tby %s with ", server->hello,
		strchr(session->peer, ':') ? "IPv6:" : "", session->peer,
		server->options->hostname);
	add_protocol(session, out);
	buf_addf(out, " id %s;\r\n\t", session->file.name);
	stamp_date((time_t)(clock_real_ms() / 1000), out);
	buf_adds(out, "\r\n");
}

static int data_open(void *context)
{
	struct session *session = context;
	CLEANUP(buf_free) struct buf trace = { 0 };
	int r = sandbox_store_open(
		&session->file, session->sandbox->dir, session->sandbox->server.hostname);

	if (r < 0)
		return r;
	add_trace(session, &trace);
	if (buf_failed(&trace) || buf_failed(&session->recipients) ||
		buf_failed(&session->sender))
		return -ENOMEM;
	return sandbox_store_write(&session->file, trace.data, trace.len);
}

static int data_write(void *context, const void *bytes, size_t n)
{
	struct session *session = context;

	return sandbox_store_write(&session->file, bytes, n);
}

static void add_printable(struct buf *out, const char *bytes, size_t n)
{
	char *to = buf_reserve(out, n + 1);

	if (!to)
		return;
	text_printable(to, n + 1, bytes, n);
	out->len += n;
}

/* Tells of a message that was stored, in one write, so that lines of two processes do not mix. */
static void announce(const struct session *session)
{
	CLEANUP(buf_free) struct buf line = { 0 };
	const struct server *server = &session->server;
	const char *rcpt = session->recipients.data;
	const char *end = rcpt + session->recipients.len;
	int64_t now = clock_real_ms();

	buf_addf(&line, "received id=%s from=", session->file.name);
	add_printable(&line, session->sender.data, session->sender.len);
	buf_adds(&line, " to=");
	for (; rcpt < end; rcpt += strlen(rcpt) + 1) {
		buf_adds(&line, rcpt == session->recipients.data ? "" : ",");
		add_printable(&line, rcpt, strlen(rcpt));
	}
	buf_addf(&line, " size=%llu tls=\"%s\" user=%s body=%s via=%s",
		(unsigned long long)server->received,
		*session->tls ? session->tls : "none", *server->user ? server->user : "-",
		session->body, server->chunked ? "BDAT" : "DATA");
	buf_addf(&line, " time=%lld.%03lld file=%s\n", (long long)now / 1000,
		(long long)now % 1000, session->file.path);
	if (!buf_failed(&line) && io_write_all(STDOUT_FILENO, line.data, line.len) < 0)
		log_warning("sandbox: standard output is closed, so nobody hears of %s",
			session->file.path);
}

static void data_close(void *context, struct server_reply *reply)
{
	struct session *session = context;
	int r;

	if (session->refusal.code) {
		*reply = session->refusal;
		if (reply->code / 100 != 2)
			return;
	}
	r = sandbox_store_close(&session->file, session->sandbox->dir);
	if (r < 0) {
		server_reply_set(
			reply, 452, "4.3.0", "It cannot be stored: %s", strerror(-r));
		return;
	}
	announce(session);
	if (!session->refusal.code)
		server_reply_set(
			reply, 250, "2.0.0", "Ok: stored as %s", session->file.name);
}

static void reset(void *context)
{
	struct session *session = context;

	sandbox_store_drop(&session->file);
	buf_clear(&session->sender);
	buf_clear(&session->recipients);
	session->refusal.code = 0;
}

static int run(struct session *session, bool implicit_tls)
{
	int r;

	if (implicit_tls) {
		stream_set_deadline(&session->stream,
			clock_mono_ms() + session->sandbox->server.timeout_ms);
		r = start_tls(session, &session->stream);
		if (r < 0)
			return r;
		session->server.secure = true;
	}
	return server_run(&session->server);
}

void sandbox_session(const struct sandbox *sandbox, int fd, bool implicit_tls)
{
	static const struct server_handler handler = {
		.authenticate = authenticate,
		.start_tls = start_tls,
		.mail = take_mail,
		.rcpt = take_rcpt,
		.data_open = data_open,
		.data_write = data_write,
		.data_close = data_close,
		.reset = reset,
	};
	struct session session = { .sandbox = sandbox, .file = { .fd = -1 } };
	int r;

	net_peer_name(fd, session.peer, sizeof(session.peer));
	session.server = (struct server){ .options = &sandbox->server,
		.handler = &handler,
		.context = &session,
		.stream = &session.stream };
	r = stream_init(&session.stream, fd, fd);
	if (r == 0)
		r = run(&session, implicit_tls);
	if (r < 0)
		log_info("sandbox: connection from %s: %s", session.peer,
			*stream_error(&session.stream) ? stream_error(&session.stream)
						       : strerror(-r));
	stream_close(&session.stream);
	buf_free(&session.sender);
	buf_free(&session.recipients);
}
