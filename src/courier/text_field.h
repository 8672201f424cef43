/* SPDX-License-Identifier: ISC */
/* Header fields without addresses, as they go out. Pure. */
#ifndef COURIER_TEXT_FIELD_H
#define COURIER_TEXT_FIELD_H

#include <stdbool.h>

#include "base/buf.h"
#include "mail/header.h"

/*
 * Appends the field to *OUT, under NAME (with its colon) unless that is NULL. Unless UTF8, what is
 * beyond ASCII is encoded: words (RFC 2047), or parameters of Content-Type and Content-Disposition
 * (RFC 2231). Lines over 998 octets are folded at blanks; in fields that machines read also behind
 * punctuation; in any other field a longer word is encoded. False if a line is too long all the
 * same.
 */
bool text_field_add(
	const char *name, const struct header_field *field, bool utf8, struct buf *out);

#endif
