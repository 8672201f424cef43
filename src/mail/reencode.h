/* SPDX-License-Identifier: ISC */
/*
 * Gives parts of a message another content transfer encoding, when the one they have cannot go
 * through SMTP: lines of more than 998 octets (RFC 5321 section 4.5.3.1.6), or octets above 127
 * for a server without 8BITMIME (RFC 6152). What the parts decode to stays the same.
 *
 * The encoding stands in front of the part, and what it has to be is known behind it: so a first
 * pass over the message makes a plan, and another one follows it. Pure: bytes in, bytes out.
 */
#ifndef MAIL_REENCODE_H
#define MAIL_REENCODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "mail/encode.h"
#include "mail/mime.h"

#define REENCODE_MAX 1024 /* parts of one message */

struct reencode_step {
	size_t entity;	/* counted from the start of the message, from 1 */
	enum encode as; /* ENCODE_NOTHING: a multipart, whose encoding field goes */
};

struct reencode {
	/* the plan */
	bool seven_bit;	  /* no octets above 127, too */
	bool needed;	  /* something is to be changed */
	const char *kept; /* why something was kept that should have been; or NULL */
	size_t count;
	struct reencode_step steps[REENCODE_MAX];

	/* the pass */
	struct mime mime;
	struct buf *out;
	size_t entity;
	union {
		struct {
			size_t octets, escapes; /* the latter in quoted-printable */
			bool long_line, eight_bit;
		} seen;
		struct {
			size_t at; /* the step to come */
			bool changes_header;
			struct encoder encoder;
		} step;
	};
};

/* Starts the pass that makes the plan, or one that follows it. */
void reencode_plan(struct reencode *r, bool seven_bit);
void reencode_apply(struct reencode *r);

/*
 * Takes the N octets at S of the message, in wire form. A pass that follows the plan appends what
 * goes out to *OUT (check buf_failed()). False if the message is not in wire form.
 */
bool reencode_add(struct reencode *r, const char *s, size_t n, struct buf *out);

/* At the end of the message. False also if the plan is that of another one. */
bool reencode_end(struct reencode *r, struct buf *out);

#endif
