/* SPDX-License-Identifier: ISC */
/*
 * Content transfer encodings (RFC 2045 section 6), streaming: what is put in is text in wire form,
 * cut anywhere; what comes out has lines of at most 76 octets. Pure.
 */
#ifndef MAIL_ENCODE_H
#define MAIL_ENCODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum encode {
	ENCODE_NOTHING, /* copies */
	ENCODE_QP,
	ENCODE_BASE64,
	ENCODE_FOLD_QP,	    /* what is quoted-printable, with lines too long */
	ENCODE_FOLD_BASE64, /* the same for base64 */
};

struct encoder {
	enum encode as;
	size_t column;	     /* octets in the line that goes out */
	bool broken;	     /* the encoder has started that line, not the text */
	char held[3];	     /* octets that wait for what follows */
	unsigned char holds; /* how many */
};

/* Starts with { .as = ... }. Check buf_failed(OUT) at the end. */
void encode_add(struct encoder *e, const char *s, size_t n, struct buf *out);

/* What is left. The last line gets no line end, unless the text had one in quoted-printable. */
void encode_end(struct encoder *e, struct buf *out);

#endif
