/* SPDX-License-Identifier: ISC */
/* What is concluded from outcomes that concern more than one message. */
#ifndef FLUSHER_TROUBLE_H
#define FLUSHER_TROUBLE_H

#include "flusher/flusher.h"

/* The provider answered for a message: whatever the answer, the way is free. */
void trouble_over(struct flusher *f, struct account *account);

/* The provider took mail of the sender. */
void trouble_sender_over(struct account *account, const char *sender);

/* A connection broke over a message. One may be the message's fault, many in a row are not. */
void trouble_broke(struct flusher *f, struct account *account,
	const struct outcome *trouble, const char *relay);

/* All mail of the account is concerned, or all of the SENDER. True if the connection is of no use
 * for other messages. */
bool trouble_take(struct flusher *f, struct account *account,
	const struct outcome *trouble, const char *sender, const char *relay);

/* The trouble that shows by what is there, not by what happens. */
void trouble_look(struct flusher *f, int64_t now_ms);

#endif
