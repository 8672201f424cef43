/* SPDX-License-Identifier: ISC */
/*
 * Writes the value of a header field word by word: folds lines at blanks before they get too long
 * (RFC 5322 section 2.2.3), and encodes the words it is told to (RFC 2047). Words that are encoded
 * side by side are encoded as one text, since the blanks between encoded-words do not count.
 */
#ifndef MAIL_FIELD_WRITER_H
#define MAIL_FIELD_WRITER_H

#include "mail/encoded_word.h"
#include "mail/wireform.h"

#define FIELD_WORD_MAX 900 /* a longer word leaves no room for what stands around it */

struct field_blank {
	const char *at;
	size_t len;
};

struct field_writer {
	struct buf *out;
	size_t column, limit; /* no line gets longer than LIMIT if blanks allow */
	bool encoded;	      /* the last thing written is an encoded-word */
	bool may_fold;	      /* in front of the word, even if no blank is there */
	bool too_long;	      /* a line could not be folded */
	struct buf word, run; /* not yet written: as it is; to be encoded */
	struct field_blank word_blank, run_blank;
};

/* Starts with the N octets at NAME, colon included. End with field_end(). */
void field_begin(struct field_writer *w, const char *name, size_t n, size_t limit,
	struct buf *out);

/* The word ends here, and these blanks follow (the caller's, until the end of the field). */
void field_blank(struct field_writer *w, const char *s, size_t n);

/* The word ends here, and what follows may stand on the next line. */
void field_may_fold(struct field_writer *w);

/* Adds to the word, as it is. */
void field_add(struct field_writer *w, const char *s, size_t n);

/* A word to be encoded. */
void field_encode(struct field_writer *w, const char *s, size_t n);

/* Writes what is left, and the CRLF. True if no line is longer than WIREFORM_LINE_MAX. */
bool field_end(struct field_writer *w);

/*
 * A whole field: NAME, a display name if it is not "" or NULL, the address. Nothing in DISPLAY can
 * end the line.
 */
void field_mailbox(
	const char *name, const char *display, const char *address, struct buf *out);

#endif
