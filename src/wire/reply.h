/* SPDX-License-Identifier: ISC */
/* Replies of a server (RFC 5321 section 4.2), taken in line by line. */
#ifndef WIRE_REPLY_H
#define WIRE_REPLY_H

#include <stddef.h>

#include "wire/stream.h"

#define REPLY_LINE_MAX	2048 /* octets of a line; RFC 5321 section 4.5.3.1.5 allows 512 */
#define REPLY_LINES_MAX 128
#define REPLY_TEXT_MAX	8192

struct reply {
	int code;
	char enhanced[16]; /* RFC 2034, such as "2.1.5"; "" without one */
	size_t lines;
	size_t len;		   /* of text */
	char text[REPLY_TEXT_MAX]; /* printable, without codes; '\n' between lines */
};

/*
 * Takes a line (N octets, without its line end) into *REPLY, which starts zeroed. 1 when the reply
 * is complete, 0 when more lines follow, -EBADMSG for what is no reply or too long for one.
 */
int reply_add(struct reply *reply, const char *line, size_t n);

/* Reads one. 0; -EBADMSG for what is no reply; -ECONNRESET at the end of the stream; another -errno. */
int reply_read(struct stream *s, struct reply *ret);

/* The text as one line, cut to SIZE. */
void reply_sentence(const struct reply *reply, char *to, size_t size);

#endif
