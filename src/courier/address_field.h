/* SPDX-License-Identifier: ISC */
/* Header fields that hold lists of addresses, as they go out. Pure. */
#ifndef COURIER_ADDRESS_FIELD_H
#define COURIER_ADDRESS_FIELD_H

#include <stdbool.h>

#include "conf/conf.h"
#include "mail/address.h"
#include "mail/field_writer.h"
#include "mail/header.h"

struct address_rules {
	const char *host; /* the domain of addresses that have none */
	bool utf8;	  /* what is beyond ASCII may stay (SMTPUTF8) */
	const struct conf
		*map; /* addresses become what its rewrite makes of them; NULL: none */
};

/* An address of a field as rules are applied to it: with its domain, HOST if it has none, in A-labels;
 * in TO, or itself where that would be too long. */
const char *address_qualified(
	const char *address, const char *host, char to[ADDRESS_MAX + 1]);

/* True if ADDRESS, or an address in the field, is beyond ASCII even with its domain in A-labels. */
bool address_needs_utf8(const char *address);
bool address_field_needs_utf8(const struct header_field *field);

/*
 * Appends the field to *OUT. Addresses get a domain if they have none, and A-labels; unless utf8,
 * names and comments beyond ASCII are encoded, and an address that cannot be written in ASCII
 * becomes a group without members that shows it (RFC 6857 section 3.1.8). Everything else stays as
 * it was written, also what is no address. False if a line is too long.
 */
bool address_field_add(const struct header_field *field,
	const struct address_rules *rules, struct buf *out);

/*
 * Reads the first mailbox of the field. 0 if there is none, 1 if it is the only one, more if there
 * are more, or what is none.
 */
size_t address_field_first(const struct header_field *field, struct address_part *ret);

/*
 * Appends a field NAME (with its colon) that holds the mailbox PART alone; with ADDRESS in place of
 * its own, unless that is NULL. False if a line is too long.
 */
bool address_part_add(const char *name, struct address_part *part, const char *address,
	const struct address_rules *rules, struct buf *out);

/* Appends a field NAME that holds those mailboxes of the field that anybody could answer to; nothing
 * if there are none. False if a line is too long. */
bool address_field_answers(const char *name, const struct header_field *field,
	const struct address_rules *rules, struct buf *out);

#endif
