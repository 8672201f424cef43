/* SPDX-License-Identifier: ISC */
/*
 * Addresses as people and programs write them in header fields and on command lines: RFC
 * 5322 section 3.4 with the obsolete forms of section 4.4 (routes, missing commas after
 * '>'), comments, groups and UTF-8 (RFC 6532).
 */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include <stddef.h>

#include "base/buf.h"

#define ADDRESS_MAX                                                                      \
	640 /* octets of one addr-spec: twice what RFC 5321 section 4.5.3.1 asks for */

struct mailbox {
	char *address; /* "local@domain", or "local" if it was written without a domain */
	char *display; /* the name in front, or the comment behind, without quotes; NULL:
			  none */
};

struct address_list {
	struct mailbox *items;
	size_t count;
};

/*
 * Appends the mailboxes in the N bytes at S (a list with commas; folding white space is
 * allowed) to *LIST. An empty list or an empty group adds nothing. 0; -EINVAL if it is
 * not a list of addresses
 * (*LIST keeps what came before the fault); -ENOMEM.
 */
int address_list_parse(const char *s, size_t n, struct address_list *list);
void address_list_free(struct address_list *list);

/* The domain within ADDRESS (what follows the last '@'), or NULL if it has none. */
const char *address_domain(const char *address);

/* An order of addresses: 0 if A and B name the same mailbox, local parts octet by octet, domains
 * without case (RFC 5321 section 2.4). */
int address_compare(const char *a, const char *b);

/* True if they name the same mailbox. */
int address_equal(const char *a, const char *b);

/*
 * Appends a mailbox as it may stand in a header field: the display name quoted, or
 * encoded when it is not ASCII (RFC 2047 section 5), then <address>. Nothing in DISPLAY
 * can end the line.
 */
void mailbox_format(const char *display, const char *address, struct buf *out);

#endif
