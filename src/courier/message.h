/* SPDX-License-Identifier: ISC */
/*
 * A queued message as it goes out: its header rewritten, parts encoded anew if there is no other
 * way, the rest straight from the file.
 */
#ifndef COURIER_MESSAGE_H
#define COURIER_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "mail/job.h"
#include "mail/reencode.h"

struct message {
	int fd;	       /* not owned */
	off_t body;    /* where in the file it starts */
	uint64_t left; /* octets of it to be read yet */
	uint64_t body_size;
	struct buf head;
	size_t head_at; /* octets of it that were read */
	uint64_t size;	/* octets that go out */
	bool utf8;	/* with SMTPUTF8 (RFC 6531) */

	struct reencode *reencode; /* NULL: it goes as it is */
	struct buf encoded;
	size_t encoded_at;	/* octets of it that were read */
	uint64_t encoded_total; /* octets that went through it */
};

/* What the way it goes asks for. */
struct message_rules {
	const struct conf *conf; /* as in struct rewrite */
	const struct sender_user *user;
	bool smtputf8;	/* the server offers it */
	bool seven_bit; /* no octets above 127 may go out */
};

/*
 * Starts reading JOB's message in FD. 0, -EFBIG when the header section is too long, -ELOOP when it
 * shows that the message goes in circles, or another -errno.
 */
int message_open(const struct job *job, int fd, const struct message_rules *rules,
	struct message *ret);

/* A client_read for CONTEXT, a struct message. -ESTALE if the file is not what it was. */
ssize_t message_read(void *context, void *to, size_t n);

void message_close(struct message *message);

#endif
