/* SPDX-License-Identifier: ISC */
/* Which message goes next, by which account, and what becomes of those that cannot go. */
#ifndef FLUSHER_DISPATCH_H
#define FLUSHER_DISPATCH_H

#include "flusher/flusher.h"

struct delivery;

/* Hands out what can go now, until UNTIL_MS (monotonic). */
void dispatch(struct flusher *f, int64_t until_ms);

/* When it has something to do again, as far as time tells (monotonic), or -1. */
int64_t dispatch_due(struct flusher *f, int64_t now_ms);

/* Settles a delivery that is over and gives its message back to the queue. */
void dispatch_end(struct flusher *f, struct delivery *d);

/* How many messages wait for the account or are at its couriers, as far as they were looked at. */
size_t dispatch_waiting(const struct flusher *f, const struct account *account);

/* Between two batches of D, which goes by ACCOUNT: true if others are ready, who have their turn first,
 * or no more may go for now. D, and the message, which is ready again, go on after that. */
bool dispatch_park(struct flusher *f, struct delivery *d, struct account *account);

/* They are opened anew when they go on. */
void dispatch_close_parked(struct flusher *f);

#endif
