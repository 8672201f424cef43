/* SPDX-License-Identifier: ISC */
#include "sendmail/intake.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define DRAIN_MAX	 ((size_t)64 << 20)
#define DRAIN_SILENCE_MS 200

void intake_init(struct intake *in, int fd, bool dots_are_data)
{
	in->fd = fd;
	in->dots_are_data = dots_are_data;
	in->ended = in->in_line = false;
	in->held = 0;
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

enum dot {
	DOT_NONE,
	DOT_LONE,
	DOT_UNDECIDED, /* depends on what follows */
};

/* What the line that starts at S is, as far as it is there. */
static enum dot judge_line(const char *s, size_t n)
{
	size_t end = n > 1 && s[1] == '\r' ? 2 : 1;

	if (s[0] != '.')
		return DOT_NONE;
	if (n == end)
		return DOT_UNDECIDED;
	return s[end] == '\n' ? DOT_LONE : DOT_NONE;
}

/* Octets of the N at S that belong to the message; notes its end, and what is to be held back. */
static size_t up_to_dot(struct intake *in, const char *s, size_t n)
{
	size_t at = 0;

	in->held = 0;
	while (at < n) {
		enum dot dot = in->in_line ? DOT_NONE : judge_line(s + at, n - at);
		const char *lf;

		in->ended = dot == DOT_LONE;
		in->held = dot == DOT_UNDECIDED ? n - at : 0;
		if (dot != DOT_NONE)
			return at;
		lf = memchr(s + at, '\n', n - at);
		in->in_line = !lf;
		at = lf ? (size_t)(lf - s) + 1 : n;
	}
	return n;
}

ssize_t intake_next(struct intake *in, const char **ret)
{
	size_t n = 0;

	while (n == 0 && !in->ended) {
		char *start = in->raw + INTAKE_HELD_MAX - in->held;
		ssize_t got;

		memcpy(start, ".\r", in->held);
		got = read_some(in->fd, in->raw + INTAKE_HELD_MAX, INTAKE_SIZE);
		if (got < 0)
			return got;
		n = in->held + (size_t)got;
		in->ended = got == 0;
		if (got > 0 && !in->dots_are_data)
			n = up_to_dot(in, start, n);
		*ret = start;
	}
	return (ssize_t)n;
}

void intake_drain(int fd)
{
	char raw[INTAKE_SIZE];

	for (size_t left = DRAIN_MAX / INTAKE_SIZE; left > 0; left--) {
		if (!wait_input(fd, DRAIN_SILENCE_MS) ||
			read_some(fd, raw, INTAKE_SIZE) <= 0)
			return;
	}
}
