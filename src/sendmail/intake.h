/* SPDX-License-Identifier: ISC */
/* Reads the message from the caller, piece by piece, up to its end or the line that is a lone dot. */
#ifndef SENDMAIL_INTAKE_H
#define SENDMAIL_INTAKE_H

#include <stdbool.h>
#include <sys/types.h>

#define INTAKE_SIZE	16384
#define INTAKE_HELD_MAX 2 /* ".\r" */

struct intake {
	int fd;
	bool dots_are_data;
	bool ended; /* nothing more comes: end of input, or the lone dot */
	bool in_line;
	size_t held; /* octets in front of raw that may be the start of a lone dot */
	char raw[INTAKE_HELD_MAX + INTAKE_SIZE];
};

void intake_init(struct intake *in, int fd, bool dots_are_data);

/* Octets of the next piece, at *RET until the next call; 0 at the end; -errno. */
ssize_t intake_next(struct intake *in, const char **ret);

/*
 * Reads and forgets what more there is, so that a caller that goes on writing does not die of
 * SIGPIPE; up to a bound, and not for longer than the caller writes: it may wait for us to end.
 */
void intake_drain(int fd);

#endif
