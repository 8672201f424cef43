/* SPDX-License-Identifier: ISC */
/*
 * The head of a queued file: who sent the message, to whom, and how long it is. Lines of text, in
 * this order, ended by an empty one; the message in wire form follows at once and reaches to the
 * end of the file:
 *
 *	mailchute 1
 *	size 00000000000000000042 7bit fits
 *	sender <root> RET=HDRS
 *	submitter 1000
 *	recipient <admin@example.org> NOTIFY=NEVER
 *	...
 *
 * The second line has a fixed width, so that it can be filled in when the message has been read.
 * "long" instead of "fits" says that a line has more octets than a server needs to take. Behind an
 * address stand the DSN parameters that go with it, as in SMTP (see mail/dsn.h). The submitter is
 * named by those of our own services that queue for somebody else.
 *
 * A file that a power cut left incomplete shows by its size.
 */
#ifndef MAIL_ENVELOPE_H
#define MAIL_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/span.h"

#define ENVELOPE_MAX		(16u << 20) /* octets */
#define ENVELOPE_RECIPIENTS_MAX 200000
#define ENVELOPE_SIZE_OFFSET	12 /* where the second line starts */

#define ENVELOPE_UNKNOWN                                                                 \
	UINT32_MAX /* a submitter that nobody knows; no user has this number */

/* An address as it was given, perhaps without a domain. */
struct envelope_path {
	char *address;
	char *parameters; /* DSN parameters as in SMTP; NULL: none */
};

enum envelope_kind {
	ENVELOPE_SENDER,
	ENVELOPE_RECIPIENT,
};

struct envelope {
	struct envelope_path sender; /* "" is the null sender */
	struct envelope_path *recipients;
	size_t count;
	bool has_submitter; /* the file was written for somebody else: */
	uint32_t submitter; /* this user; believed only of files of our services */
	uint64_t size;	    /* octets of the message */
	bool eight_bit;	    /* some of them above 127 */
	bool long_lines;    /* a line has more than 998, without its end */
	off_t offset;	    /* where the message starts in the file */
};

/* Appends the envelope to *OUT (check buf_failed()); offset is not looked at. */
void envelope_format(const struct envelope *envelope, struct buf *out);

/* The second line alone, LF included. */
void envelope_format_size(
	uint64_t size, bool eight_bit, bool long_lines, struct buf *out);

/*
 * Reads an envelope from the start of the file FD, which a stranger wrote, and compares
 * the length it promises with the file's. 0 and *RET, to be ended with envelope_clear();
 * -EBADMSG with what is wrong in *REASON (a static string); another -errno.
 */
int envelope_read(int fd, struct envelope *ret, const char **reason);

/* The same from memory: N bytes from the start of a file of FILE_SIZE bytes. */
int envelope_parse(const char *s, size_t n, off_t file_size, struct envelope *ret,
	const char **reason);

/* Takes PATH over as one more recipient, also on failure. 0 or -ENOMEM. */
int envelope_add(struct envelope *envelope, struct envelope_path path);

void envelope_clear(struct envelope *envelope);

/* How the message is, such as "8bit long"; and the reverse, false if it is no such word. */
const char *envelope_body_name(bool eight_bit, bool long_lines);
bool envelope_body_parse(struct span words, bool *ret_eight_bit, bool *ret_long_lines);

/* One line "sender <address> parameters", or "recipient ...", LF included. */
void envelope_path_format(
	enum envelope_kind kind, const struct envelope_path *path, struct buf *out);

/* Reads it, without the LF. 0 and *RET, to be ended with envelope_path_clear(); -EBADMSG; -ENOMEM. */
int envelope_path_parse(
	struct span line, enum envelope_kind kind, struct envelope_path *ret);

/* A path with copies of both; PARAMETERS may be NULL. 0 or -ENOMEM. */
int envelope_path_copy(
	const char *address, const char *parameters, struct envelope_path *ret);
void envelope_path_clear(struct envelope_path *path);

/* True if the file that starts with the N octets at S names a submitter, and *RET. */
bool envelope_submitter(const char *s, size_t n, uint32_t *ret);

#endif
