/* SPDX-License-Identifier: ISC */
/*
 * Reports about a message for its sender (RFC 3464 in the multipart/report of RFC 6522): a sentence
 * for people, the facts for programs, and what the report is about. Pure.
 */
#ifndef MAIL_BOUNCE_H
#define MAIL_BOUNCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum bounce_kind {
	BOUNCE_FAILED,	/* will never arrive */
	BOUNCE_DELAYED, /* is still tried */
	BOUNCE_RELAYED, /* went to a server that reports no success (RFC 3461 section 5.2.2) */
};

struct bounce_recipient {
	const char *address;	/* that was sent to */
	const char *given;	/* as the sender wrote it */
	const char *parameters; /* of its RCPT, or NULL */
	int code;		/* of the last reply; 0: none */
	const char *enhanced;	/* RFC 3463; "": not known */
	const char *text;	/* the server's words or ours, printable */
};

struct bounce {
	enum bounce_kind kind;
	const char *id;		/* queue ID of the message */
	const char *host;	/* our name: the reporting MTA */
	const char *provider;	/* the server that spoke, or "" */
	const char *to;		/* envelope sender of the message */
	const char *parameters; /* of its MAIL, or NULL */
	int64_t arrived_ms;	/* since the epoch, like the others */
	int64_t now_ms;
	int64_t until_ms; /* BOUNCE_DELAYED: until then it is tried */
	const struct bounce_recipient *recipients;
	size_t count;
	const char *header; /* header section of the message, in wire form */
	size_t header_len;
	bool whole; /* the report ends with the message, not with its header section alone */
};

/*
 * Appends the report up to where the message (or its header section) follows; *BOUNDARY is what
 * bounce_end() needs. In wire form. Check buf_failed().
 */
void bounce_start(const struct bounce *bounce, char boundary[48], struct buf *out);

/* Appends what comes behind it. */
void bounce_end(const char *boundary, struct buf *out);

#endif
