/* SPDX-License-Identifier: ISC */
#include "sendmail/handover.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/defaults.h"
#include "base/utf8.h"
#include "wire/reply.h"

#define OPEN_MS	  60000
#define BUSY_MS	  100 /* between two tries while the service has too many clients */
#define REPLY_MS  60000
#define COMMIT_MS 120000
#define BATCH	  200 /* recipients that are named before their replies are read */

const char *handover_path(void)
{
	const char *path = getenv(SUBMIT_VARIABLE);

	if (path)
		return *path ? path : NULL;
	return getenv(SPOOL_VARIABLE) ? NULL : DEFAULT_SUBMIT;
}

/* A reply that begins with 2. */
static int expect(struct handover *h, struct trouble *trouble)
{
	struct reply reply;
	char sentence[512];
	int r = reply_read(&h->stream, &reply);

	if (r < 0)
		return trouble_set(trouble, EX_TEMPFAIL,
			"%s: %s; nothing was queued, try again", h->path, strerror(-r));
	if (reply.code / 100 == 2)
		return EX_OK;
	reply_sentence(&reply, sentence, sizeof(sentence));
	return trouble_set(trouble, reply.code / 100 == 5 ? EX_DATAERR : EX_TEMPFAIL,
		"%s answered: %d %s", h->path, reply.code, sentence);
}

/* Sends what was written, and gets COUNT replies to it within MS. */
static int finish(struct handover *h, size_t count, int64_t ms, struct trouble *trouble)
{
	int status = EX_OK;

	stream_set_deadline(&h->stream, clock_mono_ms() + ms);
	stream_flush(&h->stream); /* if it fails, so does reading */
	while (status == EX_OK && count-- > 0)
		status = expect(h, trouble);
	return status;
}

static int connect_to(const char *path, int64_t deadline_ms)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	CLEANUP_CLOSE int fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	if (fd < 0)
		return -errno;
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		if (errno != EAGAIN || clock_mono_ms() >= deadline_ms)
			return -errno;
		poll(NULL, 0, BUSY_MS); /* too many wait to be served */
	}
	return steal_fd(&fd);
}

/* Says EHLO as soon as the service has greeted. */
static int greet(struct handover *h, int64_t deadline_ms)
{
	struct trouble trouble;
	int fd = connect_to(h->path, deadline_ms);
	int r = fd < 0 ? fd : stream_init(&h->stream, fd, fd);

	if (fd < 0)
		return r;
	stream_set_deadline(&h->stream, deadline_ms);
	if (r == 0 && expect(h, &trouble) != EX_OK)
		r = h->stream.failed ? h->stream.failed : -ECONNRESET;
	if (r < 0)
		stream_close(&h->stream);
	return r;
}

int handover_open(struct handover *h, const char *path)
{
	int64_t deadline_ms = clock_mono_ms() + OPEN_MS;
	int r;

	h->path = path;
	while ((r = greet(h, deadline_ms)) == -ECONNRESET &&
		clock_mono_ms() < deadline_ms)
		poll(NULL, 0,
			BUSY_MS); /* systemd hangs up on clients that are too many */
	h->open = r == 0;
	return r;
}

static void write_path(
	struct handover *h, const char *command, const struct envelope_path *path)
{
	stream_printf(&h->stream, "%s:<%s>%s%s", command, path->address,
		path->parameters ? " " : "", path->parameters ? path->parameters : "");
}

static bool is_utf8(const struct envelope_path *path)
{
	return utf8_beyond_ascii(path->address, strlen(path->address));
}

static bool needs_utf8(const struct envelope *envelope)
{
	bool needed = is_utf8(&envelope->sender);

	for (size_t i = 0; !needed && i < envelope->count; i++)
		needed = is_utf8(&envelope->recipients[i]);
	return needed;
}

int handover_envelope(
	struct handover *h, const struct envelope *envelope, struct trouble *trouble)
{
	int status;

	stream_printf(&h->stream, "EHLO localhost\r\n");
	write_path(h, "MAIL FROM", &envelope->sender);
	stream_printf(&h->stream, " BODY=8BITMIME%s\r\n",
		needs_utf8(envelope) ? " SMTPUTF8" : "");
	status = finish(h, 2, REPLY_MS, trouble);
	for (size_t i = 0; status == EX_OK && i < envelope->count;) {
		size_t named = 0;

		for (; named < BATCH && i < envelope->count; named++, i++) {
			write_path(h, "RCPT TO", &envelope->recipients[i]);
			stream_printf(&h->stream, "\r\n");
		}
		status = finish(h, named, REPLY_MS, trouble);
	}
	return status;
}

int handover_write(
	struct handover *h, const char *bytes, size_t n, struct trouble *trouble)
{
	stream_set_deadline(&h->stream, clock_mono_ms() + REPLY_MS);
	stream_printf(&h->stream, "BDAT %zu\r\n", n);
	stream_write(&h->stream, bytes, n);
	return finish(h, 1, REPLY_MS, trouble);
}

int handover_commit(struct handover *h, struct trouble *trouble)
{
	stream_printf(&h->stream, "BDAT 0 LAST\r\n");
	return finish(h, 1, COMMIT_MS, trouble);
}

void handover_close(struct handover *h)
{
	if (h->open)
		stream_close(&h->stream);
	h->open = false;
}
