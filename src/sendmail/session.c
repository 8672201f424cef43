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
#include "wire/server.h"

#define TIMEOUT_MS 300000 /* RFC 5321 section 4.5.3.2.7 */

/* The parameters A and B, those that are not "", as the envelope has them. False for want of memory. */
static bool join(
	const char *a_name, const char *a, const char *b_name, const char *b, char **ret)
{
	struct buf text = { 0 };

	*ret = NULL;
	if (!*a && !*b)
		return true;
	if (*a)
		buf_addf(&text, "%s=%s", a_name, a);
	if (*b)
		buf_addf(&text, "%s%s=%s", *a ? " " : "", b_name, b);
	*ret = buf_steal(&text);
	return *ret != NULL;
}

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

static void take_mail(
	void *context, const struct server_mail *mail, struct server_reply *reply)
{
	struct submission *s = context;

	envelope_path_clear(&s->sender);
	s->sender.address = strdup(mail->sender);
	if (s->sender.address &&
		join("RET", mail->ret, "ENVID", mail->envid, &s->sender.parameters))
		return;
	trouble_memory(&s->trouble);
	answer_trouble(&s->trouble, reply);
}

static void take_rcpt(
	void *context, const struct server_rcpt *rcpt, struct server_reply *reply)
{
	struct submission *s = context;
	char *parameters;
	int status;

	if (join("NOTIFY", rcpt->notify, "ORCPT", rcpt->orcpt, &parameters))
		status = submission_add(s, rcpt->address, parameters);
	else
		status = trouble_memory(&s->trouble);
	if (status != EX_OK)
		answer_trouble(&s->trouble, reply);
	free(parameters);
}

static int data_open(void *context)
{
	return submission_open(context) == EX_OK ? 0 : -EIO;
}

static int data_write(void *context, const void *bytes, size_t n)
{
	return submission_write(context, bytes, n) == EX_OK ? 0 : -EIO;
}

static void data_failed(void *context, struct server_reply *reply)
{
	const struct submission *s = context;

	answer_trouble(&s->trouble, reply);
}

static void data_close(void *context, struct server_reply *reply)
{
	struct submission *s = context;

	if (submission_commit(s) == EX_OK)
		server_reply_set(reply, 250, "2.0.0", "Ok: queued as %s", s->drop.id);
	else
		answer_trouble(&s->trouble, reply);
}

static void reset(void *context)
{
	submission_clear(context);
}

/* How the session ended. A client that is gone has nothing more to say, and nobody to tell. */
static int conclude(struct submission *s, const struct stream *stream, int result)
{
	if (result == 0 || result == -ECONNRESET)
		return EX_OK;
	return trouble_set(&s->trouble, EX_IOERR, "the SMTP client: %s",
		*stream_error(stream) ? stream_error(stream) : strerror(-result));
}

int session_run(struct submission *s)
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
	char hostname[MAILNAME_MAX];
	struct server_options options = {
		.hostname = hostname,
		.pipelining = true,
		.chunking = true,
		.eightbitmime = true,
		.smtputf8 = true,
		.enhanced_status_codes = true,
		.dsn = true,
		.lenient = true,
		.recipients_max = ENVELOPE_RECIPIENTS_MAX,
		.timeout_ms = TIMEOUT_MS,
	};
	struct stream stream;
	struct server server = {
		.options = &options, .handler = &handler, .context = s, .stream = &stream
	};
	int flags[] = { fcntl(STDIN_FILENO, F_GETFL), fcntl(STDOUT_FILENO, F_GETFL) };
	int status, r = stream_init(&stream, STDIN_FILENO, STDOUT_FILENO);

	mailname_get(hostname);
	if (r == 0)
		r = server_run(&server);
	status = conclude(s, &stream, r);
	/* who shares a terminal with us does not expect that it does not block */
	fcntl(STDIN_FILENO, F_SETFL, flags[0]);
	fcntl(STDOUT_FILENO, F_SETFL, flags[1]);
	stream_close(&stream);
	return status;
}
