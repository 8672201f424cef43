/* SPDX-License-Identifier: ISC */
/*
 * Senders that the provider does not let us send as: their mail waits, everybody else's goes on.
 * Nothing of it is kept over a restart; one try finds out again.
 */
#ifndef FLUSHER_SENDERS_H
#define FLUSHER_SENDERS_H

#include <stdbool.h>
#include <stdint.h>

#define SENDERS_MAX 64 /* more are not kept apart: their mail is tried as it comes */

struct senders {
	struct paused_sender {
		char *address;
		int64_t until_ms; /* monotonic */
	} list[SENDERS_MAX];
};

/* Lets the mail of ADDRESS wait until then. True if it did not wait already. */
bool senders_pause(
	struct senders *s, const char *address, int64_t until_ms, int64_t now_ms);

/* Until when it waits, or 0. */
int64_t senders_until(const struct senders *s, const char *address, int64_t now_ms);

/* The provider took mail of ADDRESS. True if it was paused before. */
bool senders_release(struct senders *s, const char *address);

/* All of it may be tried now. */
void senders_wake(struct senders *s, int64_t now_ms);

/* True if somebody's mail waits, or did an hour ago. */
bool senders_any(const struct senders *s, int64_t now_ms);

void senders_clear(struct senders *s);

#endif
