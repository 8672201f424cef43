/* SPDX-License-Identifier: ISC */
/* The header section as it goes to the provider. Pure: bytes in, bytes out. */
#ifndef COURIER_REWRITE_H
#define COURIER_REWRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "conf/sender.h"
#include "mail/job.h"

/*
 * Octets of the header section at the start of the N at S, without the empty line behind it. False
 * if it may go on beyond N; never when WHOLE says that the message has no more octets.
 */
bool rewrite_section(const char *s, size_t n, bool whole, size_t *ret);

/* What a look at the section tells. */
struct rewrite_survey {
	unsigned hops;	     /* Received fields */
	bool reply_to, mime; /* there is a Reply-To with an address, a MIME-Version */
	bool content_type, content_encoding;
	bool needs_utf8; /* addresses in it are beyond ASCII (RFC 6532) */
};

void rewrite_look(const char *section, size_t n, struct rewrite_survey *ret);

struct rewrite {
	const struct job *job;
	const struct conf *conf;	/* of the account */
	const struct sender_user *user; /* whose message it is */
	bool utf8;			/* what is beyond ASCII may stay (SMTPUTF8) */
	const char
		*charset; /* of a body that no MIME field tells of; NULL: leave it so */
};

/*
 * Appends to *OUT (check buf_failed()) the section of N octets in wire form, with a trace field on
 * top (RFC 5321 section 4.4). Bcc and what only a mailbox has is taken out. What is done to the
 * other fields stands in address_field.h and text_field.h.
 *
 * Addresses in From, Sender and Reply-To become what the configuration's rewrite makes of them.
 *
 * With a "from" in the configuration, that becomes the address in From, unless all that are there may stay: many providers
 * let nobody send as somebody else. The display name stays; the field that was there is kept as X-Original-From; answers go
 * where they would have gone (Reply-To); Sender, which would be another's address, is taken out.
 *
 * The configuration's add-header goes below the others, unless the message has such a field.
 *
 * Returns a field with a line that is longer than 998 octets all the same, or NULL.
 */
const char *rewrite_header(const struct rewrite *how, const struct rewrite_survey *survey,
	const char *section, size_t n, struct buf *out);

#endif
