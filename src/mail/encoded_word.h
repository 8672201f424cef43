/* SPDX-License-Identifier: ISC */
/* Encoded-words: text beyond ASCII in header fields (RFC 2047). Pure. */
#ifndef MAIL_ENCODED_WORD_H
#define MAIL_ENCODED_WORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define ENCODED_LINE_MAX 76 /* columns of a line with an encoded-word in it (section 2) */
#define ENCODED_ROOM	 31 /* columns that an encoded-word needs at the least */

/*
 * Appends the N octets at S as encoded-words to *OUT, as many as it takes, folded; the first one
 * stands at COLUMN. Characters are not cut apart, and control characters become blanks. What is not
 * UTF-8 is marked as text in an unknown charset (RFC 1428 section 3). Returns the column behind it.
 */
size_t encoded_words(const char *s, size_t n, size_t column, struct buf *out);

/* True if the word of N octets at S starts or ends with what may be an encoded-word. */
bool encoded_word_like(const char *s, size_t n);

#endif
