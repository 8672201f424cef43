/* SPDX-License-Identifier: ISC */
/*
 * Replies that mean something else than their code says, and what to do about them: the providers'
 * own words for a used-up quota, for sending too fast, for a login of the wrong kind, for a sender
 * that is not theirs. A row is all there is to add for one more. Pure.
 */
#ifndef WIRE_FAULT_H
#define WIRE_FAULT_H

#include "wire/reply.h"

enum fault_class {
	FAULT_PACE, /* too fast, or too many connections: slower, all mail of the account */
	FAULT_QUOTA, /* used up for hours: the account waits */
	FAULT_LOGIN, /* the account is refused, whatever the message */
	FAULT_SENDER, /* the account may not send in this name: mail of this sender waits */
	FAULT_SPLIT, /* too many recipients at a time: the rest goes in another transaction */
	FAULT_TEMPORARY, /* try again, whatever the code says */
	FAULT_FINAL,	 /* never for this recipient or message, whatever the code says */
	FAULT_AS_CODED,	 /* the code is right, and there is something to say about it */
};

struct fault {
	const char *provider; /* pattern for the preset's name; NULL: whoever says so */
	int code;	      /* exactly, or its first digit, or 0: any */
	const char *enhanced; /* pattern for an RFC 3463 code; NULL: any */
	const char *text; /* parts with '*' between, in any case and order; NULL: any */
	enum fault_class class;
	unsigned wait_s;  /* until the next try; 0: as the class has it */
	const char *hint; /* what to do, for people; NULL: nothing but to wait */
};

/* The row for REPLY of a server of PROVIDER (name of a preset, or ""), or NULL. */
const struct fault *fault_find(const char *provider, const struct reply *reply);

#endif
