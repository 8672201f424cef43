/* SPDX-License-Identifier: ISC */
/* What is under way over a connection: the ledger, and the transactions that its replies are about. */
#ifndef WIRE_CLIENT_FLIGHT_H
#define WIRE_CLIENT_FLIGHT_H

#include "wire/client.h"

/* How a connection ends over what is under way. */
enum flight_end {
	FLIGHT_CUT,	 /* it broke: what was sent whole may have been delivered */
	FLIGHT_CLOSED,	 /* the server said that it does nothing more */
	FLIGHT_CONFUSED, /* no reply of which it is not sure can be relied on */
};

extern const char flight_too_many[]; /* words for FLIGHT_CONFUSED */

/* The transaction is under way from now on. */
void flight_add(struct client *c, struct transaction *t);

/* A recipient is open as long as nothing is known about it. */
bool flight_is_open(const struct outcome *o);
bool flight_any_open(const struct transaction *t);
void flight_settle_open(struct transaction *t, const struct outcome *o);

/* What was written last is a command of T, to which a reply is expected. At STAGE_FINAL the message
 * follows, up to flight_sent(). */
void flight_expect(
	struct client *c, enum stage stage, size_t recipient, struct transaction *t);
void flight_sent(struct client *c, struct transaction *t);

/* Settles until no more than LEFT entries are in the ledger. 0, or -errno: all is over. */
int flight_settle_to(struct client *c, size_t left);

/* The connection is over, and so are all transactions. Returns FAILURE. */
int flight_break(struct client *c, int failure, enum flight_end end, const char *words);

#endif
