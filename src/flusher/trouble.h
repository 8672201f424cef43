/* SPDX-License-Identifier: ISC */
/* What is concluded from outcomes that concern more than one message. */
#ifndef FLUSHER_TROUBLE_H
#define FLUSHER_TROUBLE_H

#include "flusher/flusher.h"

/*
 * Draws the conclusions from a report of a message of SENDER, of which TROUBLE is the outcome that
 * concerns more than this message, or NULL. True if the courier is of no more use.
 */
bool trouble_conclude(struct flusher *f, struct account *account, const char *sender,
	const struct report *report, const struct outcome *trouble);

/* No courier can be started, or it cannot work: WHY. Mail waits as when the provider is away. */
void trouble_courier(struct flusher *f, struct account *account, const char *why);

/* The trouble that shows by what is there, not by what happens. */
void trouble_look(struct flusher *f, int64_t now_ms);

#endif
