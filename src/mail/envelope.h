/* SPDX-License-Identifier: ISC */
/*
 * The head of a queued file: who sent the message, to whom, and how long it is. Lines of text, in
 * this order, ended by an empty one; the message in wire form follows at once and reaches to the
 * end of the file:
 *
 *	mailchute 1
 *	size 00000000000000000042 7bit
 *	sender <root>
 *	recipient <admin@example.org>
 *	...
 *
 * The second line has a fixed width, so that it can be filled in when the message has been read.
 * A file that a power cut left incomplete shows by its size.
 */
#ifndef MAIL_ENVELOPE_H
#define MAIL_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

#define ENVELOPE_MAX		(16u << 20) /* octets */
#define ENVELOPE_RECIPIENTS_MAX 200000
#define ENVELOPE_SIZE_OFFSET	12 /* where the second line starts */

struct envelope {
	char *sender; /* as it was given, perhaps without a domain; "" is the null sender
		       */
	char **recipients;
	size_t count;
	uint64_t size;	/* octets of the message */
	bool eight_bit; /* some of them above 127 */
	off_t offset;	/* where the message starts in the file */
};

/* Appends the envelope to *OUT (check buf_failed()); offset is not looked at. */
void envelope_format(const struct envelope *envelope, struct buf *out);

/* The second line alone, LF included. */
void envelope_format_size(uint64_t size, bool eight_bit, struct buf *out);

/*
 * Reads an envelope from the start of the file FD, which a stranger wrote, and compares
 * the length it promises with the file's. 0 and *RET, to be ended with envelope_clear();
 * -EBADMSG with what is wrong in *REASON (a static string); another -errno.
 */
int envelope_read(int fd, struct envelope *ret, const char **reason);

/* The same from memory: N bytes from the start of a file of FILE_SIZE bytes. */
int envelope_parse(const char *s, size_t n, off_t file_size, struct envelope *ret,
	const char **reason);

void envelope_clear(struct envelope *envelope);

#endif
