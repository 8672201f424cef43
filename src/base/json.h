/* SPDX-License-Identifier: ISC */
/* The little that is needed to write JSON (RFC 8259). */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

/* Appends the member NAME, a word of ours, with the string S, in which '?' stands for everything that is
 * not printable ASCII. */
void json_member(struct buf *out, const char *name, const char *s);

#endif
