/* SPDX-License-Identifier: ISC */
/*
 * Reports to the senders of messages (see mail/bounce.h), made from what a delivery knows and queued
 * like any other mail, with the null sender. What is told for certain is told once: the report is
 * durable before the delivery forgets.
 */
#ifndef FLUSHER_NOTICE_H
#define FLUSHER_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "flusher/delivery.h"
#include "mail/bounce.h"

/* So many at once, and one more every NOTICE_REFILL_MS: what makes more bounces than that is ill. */
#define NOTICE_BURST	 200
#define NOTICE_REFILL_MS 10000

/* So many budgets: one for root, and the others shared out among the users. */
#define NOTICE_BUDGETS 64

/* How many may still be sent. Starts zeroed. */
struct notice_budget {
	unsigned spent;
	int64_t since_ms; /* monotonic */
};

/* That of a user among the NOTICE_BUDGETS of the flusher: who makes many bounces costs nobody else
 * theirs. */
struct notice_budget *notice_budget_of(struct notice_budget *budgets, uint32_t uid);

/* Takes one. False if there is none left. */
bool notice_allowed(struct notice_budget *budget, int64_t now_ms);

/* True if a report of this kind is about the recipient, and its sender wants to hear that. */
bool notice_concerns(
	const struct delivery *d, const struct recipient *r, enum bounce_kind kind);

/* Queues a report about those whom it concerns (at least one). 0 and its queue ID in ID when it is
 * durable; -errno. */
int notice_send(struct delivery *d, struct store *store, const struct conf *conf,
	enum bounce_kind kind, char id[SPOOL_ID_SIZE]);

/* True if nobody waits for news of this message: a list's, or a program's answer (RFC 3834). */
bool notice_is_bulk(const struct delivery *d);

#endif
