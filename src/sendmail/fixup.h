/* SPDX-License-Identifier: ISC */
/*
 * Puts the header section in order: what must not leave the host goes (Bcc, Return-Path,
 * Content-Length), what every message needs and must not change from try to try comes (From, Date,
 * Message-ID, a destination field); with -t the recipients are read from it.
 */
#ifndef SENDMAIL_FIXUP_H
#define SENDMAIL_FIXUP_H

#include <stdbool.h>

#include "base/buf.h"
#include "mail/address.h"

struct fixup {
	bool collect;	       /* take recipients from the fields (-t) */
	const char *full_name; /* for a From that has to be made; "" or NULL: none */
	const char *sender;    /* envelope sender; "" is the null sender */
	struct address_list recipients; /* found in To, Cc, Bcc or their Resent- forms */
	char bad_field[64]; /* name of a field with addresses that cannot be read */
};

/*
 * Writes HEADER (fields in wire form) put in order to *OUT, the empty line behind it included.
 * 0; -EINVAL if a field to take recipients from is no list of addresses (bad_field says which);
 * -ELOOP if so many mail systems have had the message that it must go in circles; or -ENOMEM. End F with fixup_free().
 */
int fixup_header(struct fixup *f, const struct buf *header, struct buf *out);
void fixup_free(struct fixup *f);

#endif
