/* SPDX-License-Identifier: ISC */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Appends what the N characters at S stand for (RFC 4648 section 4) to *OUT. Strict: padding is
 * required, unused bits are zero, and nothing else may be there. 0 or -EINVAL or -ENOMEM.
 */
int base64_decode(const char *s, size_t n, struct buf *out);

/* Appends the N bytes as one line without an end to *OUT. Check buf_failed(). */
void base64_encode(const void *bytes, size_t n, struct buf *out);

/* The same in the alphabet for URLs and without padding (RFC 4648 section 5). */
void base64url_encode(const void *bytes, size_t n, struct buf *out);

#endif
