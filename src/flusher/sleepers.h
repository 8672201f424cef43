/* SPDX-License-Identifier: ISC */
/* Messages that sleep, the next one due on top: a binary heap. */
#ifndef FLUSHER_SLEEPERS_H
#define FLUSHER_SLEEPERS_H

#include <stddef.h>
#include <stdint.h>

struct message;

struct sleepers {
	struct message **heap;
	size_t count;
};

/* Adds M by its due_ms. 0 or -ENOMEM. */
int sleepers_add(struct sleepers *s, struct message *m);

/* Takes the next one out if it is due by NOW_MS, or NULL. */
struct message *sleepers_take(struct sleepers *s, int64_t now_ms);

/* When the next one is due; -1 if none sleeps. */
int64_t sleepers_next_due(const struct sleepers *s);

#endif
