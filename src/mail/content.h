/* SPDX-License-Identifier: ISC */
/* The two header fields that say what the body of a MIME entity is (RFC 2045). Pure. */
#ifndef MAIL_CONTENT_H
#define MAIL_CONTENT_H

#include <stddef.h>

#define CONTENT_BOUNDARY_MAX 128 /* RFC 2046 section 5.1.1 allows 70 */

enum content_kind {
	CONTENT_DATA, /* a leaf that is not text */
	CONTENT_TEXT,
	CONTENT_MULTIPART,
	CONTENT_DIGEST, /* a multipart whose parts are messages unless they say otherwise */
	CONTENT_SEALED,	 /* multipart/signed and multipart/encrypted (RFC 1847) */
	CONTENT_MESSAGE, /* message/rfc822, message/global */
	CONTENT_REPORT,	 /* any other message/: what it is depends on its subtype */
	CONTENT_UNCLEAR, /* a multipart without a boundary that we could look for */
};

struct content_type {
	enum content_kind kind;
	size_t boundary_len;
	char boundary[CONTENT_BOUNDARY_MAX];
};

enum content_encoding {
	ENCODING_7BIT, /* which is also what no field means */
	ENCODING_8BIT, /* or binary */
	ENCODING_QP,
	ENCODING_BASE64,
	ENCODING_OTHER,
};

/* Reads the N octets that follow the colon. What makes no sense is text (RFC 2045 section 5.2). */
void content_type_parse(const char *value, size_t n, struct content_type *ret);
enum content_encoding content_encoding_parse(const char *value, size_t n);

#endif
