/* SPDX-License-Identifier: ISC */
/* A queued message as it goes out: its header rewritten, the rest straight from the file. */
#ifndef COURIER_MESSAGE_H
#define COURIER_MESSAGE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "mail/job.h"

struct message {
	int fd;	       /* not owned */
	off_t offset;  /* of what is to be read next */
	uint64_t left; /* octets from there on */
	struct buf head;
	size_t head_at; /* octets of it that were read */
};

/*
 * Starts reading JOB's message in FD; HOST and FROM as for rewrite_header(). 0, -EFBIG when the
 * header section is too long, or another -errno.
 */
int message_open(const struct job *job, int fd, const char *host, const char *from,
	struct message *ret);

/* Octets from the start to the end. */
uint64_t message_size(const struct message *message);

/* A client_read for CONTEXT, a struct message. */
ssize_t message_read(void *context, void *to, size_t n);

void message_close(struct message *message);

#endif
