/* SPDX-License-Identifier: ISC */
/*
 * The file `status` in the spool: how much mail waits, for everybody to read. The flusher writes it,
 * mailq tells from it what it may not count itself:
 *
 *	mailchute-status 1
 *	messages 3
 *	octets 4711
 *	trouble login 1764000000 user x refused: ...
 *
 * A line for each trouble that was told and is not over: what it is called, since when (seconds
 * since the epoch), and what to do about it.
 */
#ifndef MAIL_STATUS_H
#define MAIL_STATUS_H

#include <stddef.h>
#include <stdint.h>

#define STATUS_TROUBLES_MAX 8

struct status_trouble {
	char name[16];
	int64_t since_s;
	char text[512]; /* printable */
};

struct status {
	uint64_t messages;
	uint64_t octets; /* of the files */
	size_t trouble_count;
	struct status_trouble troubles[STATUS_TROUBLES_MAX];
};

/* Replaces the file, not durably: after a crash it is written anew. 0 or -errno. */
int status_write(const char *spool, const struct status *status);

/* Reads it. 0 and *RET; -EBADMSG if it cannot be understood; another -errno. */
int status_read(const char *spool, struct status *ret);

#endif
