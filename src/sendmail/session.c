/* SPDX-License-Identifier: ISC */
#include "sendmail/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/text.h"
#include "mail/mailname.h"
#include "mail/stamp.h"
#include "sendmail/peer.h"
#include "wire/server.h"

#define TIMEOUT_MS 300000 /* RFC 5321 section 4.5.3.2.7 */

struct session {
	struct submission *submission;
	struct server server;
	struct peer peer;
	char hostname[MAILNAME_MAX];
};

/* What the trouble with a message means to the client: to try again, unless the message is at fault. */
static void answer_trouble(const struct trouble *trouble, struct server_reply *reply)
{
	char text[sizeof(reply->text)];

	text_printable(text, sizeof(text), trouble->text, strlen(trouble->text));
	if (trouble->status == EX_DATAERR)
		server_reply_set(reply, 554, "5.6.0", "%s", text);
	else if (trouble->status == EX_TEMPFAIL)
		server_reply_set(reply, 452, "4.3.1", "%s", text);
	else
		server_reply_set(reply, 451, "4.3.0", "%s", text);
}

static void take_mail(void *context, const struct envelope_path *path, const char *body,
	struct server_reply *reply)
{
	const struct session *session = context;
	struct submission *s = session->submission;
	struct envelope *envelope = &s->envelope;

	(void)body;
	envelope->has_submitter =
		session->peer.kind != PEER_NONE && session->peer.uid != getuid();
	envelope->submitter = session->peer.uid;
	envelope_path_clear(&envelope->sender);
	if (envelope_path_copy(path->address, path->parameters, &envelope->sender) == 0)
		return;
	trouble_memory(&s->trouble);
	answer_trouble(&s->trouble, reply);
}

static void take_rcpt(
	void *context, const struct envelope_path *path, struct server_reply *reply)
{
	struct submission *s = ((struct session *)context)->submission;

	if (submission_add(s, path->address, path->parameters) != EX_OK)
		answer_trouble(&s->trouble, reply);
}

/* Whom the client says it is, if that can be a name or an address and nothing else. */
static const char *hello(const struct server *server)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:[]";

	return server->hello[strspn(server->hello, allowed)] ? "unknown" : server->hello;
}

/* Mail that came by TCP says from where (RFC 5321 section 4.4). */
static void add_trace(const struct session *session, struct buf *out)
{
	const struct server *server = &session->server;
	const char *protocol = server->smtputf8	  ? "UTF8SMTP"
			       : server->extended ? "ESMTP"
						  : "SMTP";

	buf_addf(out, "Received: from %s ([%s%s])\r\n\tby %s with %s; ", hello(server),
		strchr(session->peer.address, ':') ? "IPv6:" : "", session->peer.address,
		session->hostname, protocol);
	stamp_date(time(NULL), out);
	buf_adds(out, "\r\n");
}

static int data_open(void *context)
{
	struct session *session = context;
	struct submission *s = session->submission;

	if (session->peer.kind == PEER_NETWORK)
		add_trace(session, &s->trace);
	return submission_open(s) == EX_OK ? 0 : -EIO;
}

static int data_write(void *context, const void *bytes, size_t n)
{
	struct session *session = context;

	return submission_write(session->submission, bytes, n) == EX_OK ? 0 : -EIO;
}

static void data_failed(void *context, struct server_reply *reply)
{
	const struct session *session = context;

	answer_trouble(&session->submission->trouble, reply);
}

static void data_close(void *context, struct server_reply *reply)
{
	struct submission *s = ((struct session *)context)->submission;

	if (submission_commit(s) != EX_OK)
		answer_trouble(&s->trouble, reply);
	else if (*s->drop.id)
		server_reply_set(reply, 250, "2.0.0", "Ok: queued as %s", s->drop.id);
}

static void reset(void *context)
{
	submission_clear(((struct session *)context)->submission);
}

/* How the session ended. A client that is gone has nothing more to say, and nobody to tell. */
static int conclude(const struct session *session, int result)
{
	struct submission *s = session->submission;
	const struct stream *stream = session->server.stream;

	if (session->server.cut)
		return trouble_set(&s->trouble, EX_DATAERR,
			"the SMTP client left within a message, which was not queued");
	if (result == 0 || result == -ECONNRESET)
		return EX_OK;
	return trouble_set(&s->trouble, EX_IOERR, "the SMTP client: %s",
		*stream_error(stream) ? stream_error(stream) : strerror(-result));
}

int session_run(const struct session_limits *limits, struct submission *s)
{
	static const struct server_handler handler = {
		.mail = take_mail,
		.rcpt = take_rcpt,
		.data_open = data_open,
		.data_write = data_write,
		.data_failed = data_failed,
		.data_close = data_close,
		.reset = reset,
	};
	struct session session = { .submission = s };
	struct server_options options = {
		.hostname = session.hostname,
		.pipelining = true,
		.chunking = true,
		.eightbitmime = true,
		.smtputf8 = true,
		.enhanced_status_codes = true,
		.dsn = true,
		.lenient = true,
		.size_max = limits->message,
		.recipients_max = limits->recipients,
		.timeout_ms = TIMEOUT_MS,
	};
	struct stream stream;
	int flags[] = { fcntl(STDIN_FILENO, F_GETFL), fcntl(STDOUT_FILENO, F_GETFL) };
	int status, r = stream_init(&stream, STDIN_FILENO, STDOUT_FILENO);

	session.server = (struct server){ .options = &options,
		.handler = &handler,
		.context = &session,
		.stream = &stream };
	mailname_get(session.hostname);
	peer_find(STDIN_FILENO, &session.peer);
	if (r == 0)
		r = server_run(&session.server);
	status = conclude(&session, r);
	/* who shares a terminal with us does not expect that it does not block */
	fcntl(STDIN_FILENO, F_SETFL, flags[0]);
	fcntl(STDOUT_FILENO, F_SETFL, flags[1]);
	stream_close(&stream);
	return status;
}
