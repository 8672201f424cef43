/* SPDX-License-Identifier: ISC */
/*
 * How fast an account may send: what was sent is counted in slots, a twentieth of a rate's time each,
 * so that no time of that length sees more than the rate allows. When the provider wants it slower,
 * the fast rates are halved, and there is one message at a time; step by step that ends.
 */
#ifndef FLUSHER_PACE_H
#define FLUSHER_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/rate.h"

#define PACE_SLOTS 21 /* those of the rate's time, and the one that has begun */

struct meter {
	struct rate rate;
	int64_t slot; /* the number of the newest: PACE_SLOTS when the monotonic clock began */
	unsigned sent[PACE_SLOTS]; /* by slot number, modulo */
	unsigned noted; /* so much more is on disk as sent already (flusher/rates.h) */
	int64_t noted_slot; /* in this one */
};

struct pace {
	struct meter meters[RATES_MAX];
	size_t count;
	unsigned slowed; /* the provider wanted it slower, so often of late */
	unsigned calm;	 /* messages that went since */
};

/* The meter of a rate with that time, or NULL. */
struct meter *pace_find(struct pace *p, unsigned period_s, bool recipients);

/* The rates of a configuration; what BEFORE (or NULL) has counted for such goes on to count. */
void pace_set(struct pace *p, const char *rates, struct pace *before);

/* When the next message may go (monotonic): NOW_MS if it may. *RET_FULL, unless NULL: the rate that
 * is in the way. */
int64_t pace_due(struct pace *p, int64_t now_ms, const struct rate **ret_full);

/* How many recipients the next message may have, at least 1. */
unsigned pace_recipients(struct pace *p, int64_t now_ms);

/* True while a rate is used up but for a tenth. */
bool pace_is_pressed(struct pace *p, int64_t now_ms);

/* A message of so many recipients goes; or it did not go after all. */
void pace_take(struct pace *p, unsigned recipients, int64_t now_ms);
void pace_give_back(struct pace *p, unsigned recipients);

/* The provider wants it slower; the provider took a message. */
void pace_slow(struct pace *p);
void pace_calm(struct pace *p);

/* The length of a meter's slots in milliseconds. */
int64_t meter_slot_ms(const struct meter *m);

/* Forgets what is older than the meter's time. */
void meter_advance(struct meter *m, int64_t now_ms);

#endif
