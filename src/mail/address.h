/* SPDX-License-Identifier: ISC */
/*
 * Addresses as people and programs write them in header fields and on command lines: RFC
 * 5322 section 3.4 with the obsolete forms of section 4.4 (routes, missing commas after
 * '>'), comments, groups and UTF-8 (RFC 6532).
 */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include <stddef.h>

#include "mail/token.h"

#define ADDRESS_MAX                                                                      \
	640 /* octets of one addr-spec: twice what RFC 5321 section 4.5.3.1 asks for */
#define ADDRESS_TOKENS_MAX 256 /* of one mailbox; what has more of them is none */

enum address_kind {
	ADDRESS_EMPTY,	 /* blanks, comments and a delimiter at most */
	ADDRESS_MAILBOX, /* a mailbox, and the delimiter behind it */
	ADDRESS_GROUP,	 /* the name of a group and its colon */
	ADDRESS_BAD,
};

/*
 * What stands between two delimiters of a list, token by token: nothing of the text is in no part.
 * Tokens [0, phrase) are the display name, [spec, spec_end) the addr-spec; both with the blanks and
 * comments within. The delimiter (',', ';' or ':'), if there is one, is the last token.
 */
struct address_part {
	enum address_kind kind;
	struct token tokens[ADDRESS_TOKENS_MAX];
	size_t count, phrase, spec, spec_end;
	bool in_group;
	char address[ADDRESS_MAX +
		     1]; /* a mailbox's addr-spec, without what may be left out */
};

struct address_reader {
	const char *at, *end; /* of what was not read yet */
	bool in_group;
};

/* Reads the next part. False at the end. */
bool address_next(struct address_reader *reader, struct address_part *ret);

struct address_list {
	char **items; /* "local@domain", or "local" if it was written without a domain */
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

#endif
