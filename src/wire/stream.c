/* SPDX-License-Identifier: ISC */
#include "wire/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define OUTPUT_SIZE 32768 /* sent when so much is waiting: two full TLS records */
#define READ_SIZE   16384

static int fail(struct stream *s, int error, const char *words)
{
	s->failed = error;
	if (!*s->error)
		snprintf(s->error, sizeof(s->error), "%s", words);
	return error;
}

static int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int stream_init(struct stream *s, int in_fd, int out_fd)
{
	int r;

	*s = (struct stream){
		.in_fd = in_fd, .out_fd = out_fd, .deadline_ms = INT64_MAX
	};
	r = set_nonblocking(in_fd);
	return r == 0 ? set_nonblocking(out_fd) : r;
}

void stream_set_deadline(struct stream *s, int64_t mono_ms)
{
	s->deadline_ms = mono_ms;
}

void stream_set_layer(struct stream *s, const struct stream_layer *ops, void *layer)
{
	s->ops = ops;
	s->layer = layer;
}

static size_t input_waiting(const struct stream *s)
{
	return s->in.len - s->in_at;
}

bool stream_has_input(const struct stream *s)
{
	return input_waiting(s) > 0;
}

bool stream_input_starts(const struct stream *s, const char *word)
{
	size_t n = strlen(word);

	return input_waiting(s) >= n && memcmp(s->in.data + s->in_at, word, n) == 0;
}

void stream_discard_input(struct stream *s)
{
	buf_clear(&s->in);
	s->in_at = 0;
}

/* Milliseconds for poll(2), which counts in an int. */
static int time_left(const struct stream *s)
{
	int64_t left = s->deadline_ms - clock_mono_ms();

	return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

/*
 * Waits until one of the two directions may go on; 0 for EVENTS leaves a direction out. 0 and
 * which of the two are ready, or a failure.
 */
static int wait_for(struct stream *s, short in_events, short out_events, bool *in_ready,
	bool *out_ready)
{
	struct pollfd fds[2] = { { .fd = in_events ? s->in_fd : -1, .events = in_events },
		{ .fd = out_events ? s->out_fd : -1, .events = out_events } };
	int n;

	do {
		n = poll(fds, 2, time_left(s));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail(s, -errno, strerror(errno));
	if (n == 0 && clock_mono_ms() >= s->deadline_ms)
		return fail(s, -ETIMEDOUT, "timed out");
	*in_ready = fds[0].revents != 0;
	*out_ready = fds[1].revents != 0;
	return 0;
}

static ssize_t plain_result(ssize_t n, short direction, short *events)
{
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EINTR) {
		*events = direction;
		return -EAGAIN;
	}
	return errno == EPIPE ? -ECONNRESET : -errno;
}

static ssize_t layer_read(struct stream *s, void *to, size_t n, short *events)
{
	if (s->ops)
		return s->ops->read(s->layer, to, n, events, s->error, sizeof(s->error));
	return plain_result(read(s->in_fd, to, n), POLLIN, events);
}

static ssize_t layer_write(struct stream *s, const void *from, size_t n, short *events)
{
	if (s->ops)
		return s->ops->write(
			s->layer, from, n, events, s->error, sizeof(s->error));
	return plain_result(write(s->out_fd, from, n), POLLOUT, events);
}

/* A read that does not wait. 0 with something in the buffer, or at the end; -EAGAIN; a failure. */
static int fill(struct stream *s, short *events)
{
	char *to;
	ssize_t got;

	if (s->in_at) {
		buf_consume(&s->in, s->in_at);
		s->in_at = 0;
	}
	to = buf_reserve(&s->in, READ_SIZE);
	if (!to)
		return fail(s, -ENOMEM, "out of memory");
	got = layer_read(s, to, READ_SIZE, events);
	if (got == -EAGAIN)
		return -EAGAIN;
	if (got < 0)
		return fail(s, (int)got, strerror((int)-got));
	if (got == 0)
		s->ended = true;
	s->in.len += (size_t)got;
	s->received += (uint64_t)got;
	s->arrivals[s->arrived++ % STREAM_ARRIVALS] =
		(struct stream_arrival){ s->received, s->sent };
	return 0;
}

/* Waits for more input. 1, 0 at the end, or a failure. */
static int receive(struct stream *s)
{
	size_t before = input_waiting(s);

	while (!s->failed && !s->ended) {
		short events = POLLIN;
		bool in_ready, out_ready;
		int r = fill(s, &events);

		if (r == -EAGAIN)
			r = wait_for(s, events & POLLOUT ? 0 : POLLIN, events & POLLOUT,
				&in_ready, &out_ready);
		if (r < 0)
			return r;
		if (input_waiting(s) > before)
			return 1;
	}
	return s->failed;
}

int stream_read_line(struct stream *s, size_t max, const char **ret_line, size_t *ret_len)
{
	for (;;) {
		const char *line = s->in.data ? s->in.data + s->in_at : NULL;
		size_t waiting = input_waiting(s), len;
		const char *lf = line ? memchr(line, '\n', waiting) : NULL;
		int r;

		if (lf && (size_t)(lf - line) < max) {
			len = (size_t)(lf - line);
			s->in_at += len + 1;
			if (len && line[len - 1] == '\r')
				len--;
			*ret_line = line;
			*ret_len = len;
			return 0;
		}
		if (waiting >= max)
			return fail(s, -EMSGSIZE, "the line is too long");
		r = receive(s);
		if (r < 0)
			return r;
		if (r == 0 && waiting)
			return fail(s, -ECONNRESET, "the connection ended within a line");
		if (r == 0) {
			*ret_line = NULL;
			*ret_len = 0;
			return 0;
		}
	}
}

ssize_t stream_read(struct stream *s, void *to, size_t n)
{
	size_t waiting;

	while (!stream_has_input(s)) {
		int r = receive(s);

		if (r <= 0)
			return r;
	}
	waiting = input_waiting(s);
	if (n > waiting)
		n = waiting;
	memcpy(to, s->in.data + s->in_at, n);
	s->in_at += n;
	return (ssize_t)n;
}

/* A peer that waits for us to read what it says must not keep us waiting for it to read. */
static int read_ahead(struct stream *s)
{
	short events = 0;
	int r = fill(s, &events);

	return r == -EAGAIN ? 0 : r;
}

/* Whoever closes the connection may have said why: takes in all that has arrived. */
static void read_rest(struct stream *s)
{
	short events;

	while (!s->ended && input_waiting(s) < STREAM_INPUT_MAX && fill(s, &events) == 0)
		;
}

int stream_flush(struct stream *s)
{
	size_t done = 0;

	while (!s->failed && done < s->out.len) {
		bool may_read = input_waiting(s) < STREAM_INPUT_MAX && !s->ended;
		bool in_ready = false, out_ready = false;
		short events = POLLOUT;
		ssize_t n =
			layer_write(s, s->out.data + done, s->out.len - done, &events);
		int r;

		if (n >= 0) {
			done += (size_t)n;
			s->sent += (uint64_t)n;
			continue;
		}
		if (n != -EAGAIN) {
			read_rest(s);
			return fail(s, (int)n, strerror((int)-n));
		}
		r = wait_for(s, may_read ? POLLIN : events & POLLIN, events & POLLOUT,
			&in_ready, &out_ready);
		if (r == 0 && in_ready && may_read)
			r = read_ahead(s);
		if (r < 0)
			return r;
	}
	buf_clear(&s->out);
	return s->failed;
}

uint64_t stream_written(const struct stream *s)
{
	return s->sent + s->out.len;
}

uint64_t stream_taken(const struct stream *s)
{
	return s->received - input_waiting(s);
}

uint64_t stream_sent_before(const struct stream *s, uint64_t at)
{
	uint64_t sent = s->sent;

	for (size_t i = 1; i <= s->arrived && i <= STREAM_ARRIVALS; i++) {
		const struct stream_arrival *a =
			&s->arrivals[(s->arrived - i) % STREAM_ARRIVALS];

		if (a->received <= at)
			break;
		sent = a->sent;
	}
	return sent;
}

int stream_write(struct stream *s, const void *bytes, size_t n)
{
	const char *from = bytes;

	while (n > 0 && !s->failed) {
		size_t room = OUTPUT_SIZE - s->out.len;
		size_t take = n < room ? n : room;

		buf_add(&s->out, from, take);
		if (buf_failed(&s->out))
			return fail(s, -ENOMEM, "out of memory");
		from += take;
		n -= take;
		if (s->out.len == OUTPUT_SIZE)
			stream_flush(s);
	}
	return s->failed;
}

int stream_printf(struct stream *s, const char *format, ...)
{
	CLEANUP(buf_free) struct buf text = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vaddf(&text, format, ap);
	va_end(ap);
	return buf_failed(&text) ? fail(s, -ENOMEM, "out of memory")
				 : stream_write(s, text.data, text.len);
}

const char *stream_error(const struct stream *s)
{
	return s->error;
}

void stream_close(struct stream *s)
{
	if (s->ops)
		s->ops->close(s->layer);
	if (s->out_fd != s->in_fd)
		cleanup_close_p(&s->out_fd);
	cleanup_close_p(&s->in_fd);
	buf_free(&s->in);
	buf_free(&s->out);
	*s = (struct stream){ .in_fd = -1, .out_fd = -1 };
}
