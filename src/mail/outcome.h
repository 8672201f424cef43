/* SPDX-License-Identifier: ISC */
/* What became of one recipient in one attempt, and whose fault it was. */
#ifndef MAIL_OUTCOME_H
#define MAIL_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

#define OUTCOME_TEXT_MAX 512

enum verdict {
	VERDICT_DELIVERED, /* the provider took responsibility (RFC 5321 section 4.2.5) */
	VERDICT_DEFERRED,  /* try again later */
	VERDICT_FAILED,	   /* never try again */
	VERDICT_UNATTEMPTED, /* says nothing about the recipient; does not count as a try */
};

enum blame {
	BLAME_NOBODY,
	BLAME_RECIPIENT,
	BLAME_SENDER,
	BLAME_MESSAGE,
	BLAME_ACCOUNT, /* login, permission: concerns all mail of the account */
	BLAME_QUOTA,   /* its allowance is used up: the same */
	BLAME_PACE,    /* the provider wants us slower */
	BLAME_LINK, /* name look-up, connection, TLS, greeting: concerns all mail that way */
	BLAME_OURSELVES, /* a fault of this machine */
};

struct outcome {
	enum verdict verdict;
	enum blame blame;
	int code;	   /* SMTP reply code; 0 without a reply */
	unsigned wait_s;   /* what is to blame waits so long; 0: as usual */
	char enhanced[16]; /* RFC 3463, such as "5.1.1"; the server's or our own */
	char text[OUTCOME_TEXT_MAX]; /* printable: the server's words or ours */
};

/* Stands in a text of ours before what the server said, which then goes on to its last octet but one. */
#define OUTCOME_SAID " (it said: "

/* What the server said, code and words, in a text of ours; *RET_N octets. NULL if there is nothing. */
const char *outcome_said(const char *text, size_t *ret_n);

/* The names used in reports and state files: "delivered", "recipient", ... */
const char *verdict_name(enum verdict verdict);
const char *blame_name(enum blame blame);

/* True for trouble with the account, whatever the message: its login, its quota, its pace. */
bool blame_holds_account(enum blame blame);

/* The reverse; false if there is no such name. */
bool verdict_parse(struct span name, enum verdict *ret);
bool blame_parse(struct span name, enum blame *ret);

#endif
