/* SPDX-License-Identifier: ISC */
#include "sendmail/intake.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "mail/header.h"

#define READ_SIZE	 16384
#define DRAIN_MAX	 ((size_t)64 << 20)
#define DRAIN_SILENCE_MS 200

/* Where in a line the input stands, as far as a lone dot is concerned. */
enum dot_state {
	DOT_LINE_START,
	DOT_SEEN,    /* "." */
	DOT_CR_SEEN, /* ".\r" */
	DOT_INSIDE,
};

void intake_init(struct intake *in, int fd, bool dots_are_data)
{
	*in = (struct intake){ .fd = fd, .dots_are_data = dots_are_data };
}

/* Gives out what was held back while it might have been a lone dot. */
static void dot_release(struct intake *in)
{
	if (in->dot_state == DOT_SEEN)
		wireform_add(&in->wire, ".", 1, &in->pending);
	else if (in->dot_state == DOT_CR_SEEN)
		wireform_add(&in->wire, ".\r", 2, &in->pending);
	in->dot_state = DOT_INSIDE;
}

/* Copies whole lines at a time while looking for the line that is a dot and nothing else. */
static void add_until_dot(struct intake *in, const char *s, size_t n)
{
	while (n > 0) {
		const char *lf;
		size_t take;

		if (in->dot_state == DOT_LINE_START && *s == '.') {
			in->dot_state = DOT_SEEN;
		} else if (in->dot_state == DOT_SEEN && *s == '\r') {
			in->dot_state = DOT_CR_SEEN;
		} else if ((in->dot_state == DOT_SEEN || in->dot_state == DOT_CR_SEEN) &&
			   *s == '\n') {
			in->ended = true;
			return;
		} else {
			dot_release(in);
			lf = memchr(s, '\n', n);
			take = lf ? (size_t)(lf - s) + 1 : n;
			wireform_add(&in->wire, s, take, &in->pending);
			if (lf)
				in->dot_state = DOT_LINE_START;
			s += take;
			n -= take;
			continue;
		}
		s++;
		n--;
	}
}

/* Waits for input, for MS milliseconds (-1: for ever). True if there is some, or the end. */
static bool wait_input(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) != 0;
}

static ssize_t read_some(int fd, char *to, size_t size)
{
	for (;;) {
		ssize_t got = read(fd, to, size);

		if (got >= 0)
			return got;
		if (errno == EAGAIN) /* the caller's descriptor does not block */
			wait_input(fd, -1);
		else if (errno != EINTR)
			return -errno;
	}
}

/* One read from the caller into in->pending. 0 or -errno. */
static int intake_fill(struct intake *in)
{
	char raw[READ_SIZE];
	ssize_t got = read_some(in->fd, raw, sizeof(raw));

	if (got < 0)
		return (int)got;
	if (got == 0) {
		if (!in->dots_are_data)
			dot_release(in);
		in->ended = true;
	} else if (in->dots_are_data) {
		wireform_add(&in->wire, raw, (size_t)got, &in->pending);
	} else {
		add_until_dot(in, raw, (size_t)got);
	}
	if (in->ended)
		wireform_end(&in->wire, &in->pending);
	return buf_failed(&in->pending) ? -ENOMEM : 0;
}

/* Mailboxes put "From sender date" in front of a message; quoted once more as ">From ". */
static bool is_mbox_line(const char *line, size_t n)
{
	while (n > 0 && *line == '>') {
		line++;
		n--;
	}
	return n >= 5 && memcmp(line, "From ", 5) == 0;
}

/*
 * Moves header lines from the pending input to *HEADER. True when the section is complete; false if
 * more input is needed to tell.
 */
static bool take_header_lines(struct intake *in, struct buf *header)
{
	struct buf *p = &in->pending;
	size_t at = 0;
	bool complete = false;

	while (at < p->len) {
		const char *line = p->data + at;
		const char *lf = memchr(line, '\n', p->len - at);
		size_t len = lf ? (size_t)(lf - line) - 1 : p->len - at;
		enum header_line kind = header_line_kind(line, len, lf != NULL);

		if (header->len == 0 && is_mbox_line(line, len)) {
			if (!lf)
				break;
			at += len + 2;
			continue;
		}
		if (kind == HEADER_LINE_CONTINUATION && header->len == 0)
			kind = HEADER_LINE_BODY;
		complete = kind == HEADER_LINE_EMPTY || kind == HEADER_LINE_BODY;
		if (kind == HEADER_LINE_EMPTY)
			at += 2;
		if (complete || !lf)
			break;
		buf_add(header, line, len + 2);
		at += len + 2;
	}
	buf_consume(p, at);
	return complete;
}

int intake_header(struct intake *in, struct buf *header)
{
	while (!take_header_lines(in, header)) {
		int r;

		if (in->ended)
			return buf_failed(header) ? -ENOMEM : 0;
		if (header->len + in->pending.len > HEADER_MAX)
			return -E2BIG;
		r = intake_fill(in);
		if (r < 0)
			return r;
	}
	return buf_failed(header) ? -ENOMEM : 0;
}

int intake_body(struct intake *in, struct buf *piece)
{
	struct buf taken;

	buf_clear(piece);
	while (in->pending.len == 0) {
		int r;

		if (in->ended)
			return 0;
		r = intake_fill(in);
		if (r < 0)
			return r;
	}
	taken = in->pending; /* the two buffers change places: nothing is copied */
	in->pending = *piece;
	*piece = taken;
	return 1;
}

void intake_drain(struct intake *in)
{
	char raw[READ_SIZE];

	for (size_t left = DRAIN_MAX / sizeof(raw); left > 0; left--) {
		if (!wait_input(in->fd, DRAIN_SILENCE_MS) ||
			read_some(in->fd, raw, sizeof(raw)) <= 0)
			return;
	}
}

void intake_free(struct intake *in)
{
	buf_free(&in->pending);
}
