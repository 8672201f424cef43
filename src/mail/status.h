/* SPDX-License-Identifier: ISC */
/*
 * The file `status` in the spool: how much mail waits, for everybody to read. The flusher writes it,
 * mailq tells from it what it may not count itself:
 *
 *	mailchute-status 1
 *	messages 3
 *	octets 4711
 */
#ifndef MAIL_STATUS_H
#define MAIL_STATUS_H

#include <stdint.h>

struct status {
	uint64_t messages;
	uint64_t octets; /* of the files */
};

/* Replaces the file, not durably: after a crash it is written anew. 0 or -errno. */
int status_write(const char *spool, const struct status *status);

/* Reads it. 0 and *RET; -EBADMSG if it cannot be understood; another -errno. */
int status_read(const char *spool, struct status *ret);

#endif
