/* SPDX-License-Identifier: ISC */
/*
 * The way to the provider as a whole. Trouble that concerns all mail (refused login, no connection,
 * no TLS) holds the account, not the messages: nothing is counted against them, and one probe finds
 * out when it is over.
 */
#ifndef FLUSHER_ACCOUNT_H
#define FLUSHER_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "mail/outcome.h"

struct account {
	unsigned failures;     /* in a row */
	int64_t hold_until_ms; /* monotonic; nothing is sent before */
	bool login_refused;    /* the last trouble */
	unsigned slowed;       /* the provider wanted it slower, so often of late */
	unsigned calm;	       /* messages that went since */
};

/* How many connections may be busy now: none while held, one after trouble and when the provider
 * wants it slower. */
unsigned account_connections(
	const struct account *a, const struct conf *conf, int64_t now_ms);

/* Notes trouble and logs it with the time of the next try and how many messages wait; once, when
 * several connections meet it at a time. */
void account_trouble(struct account *a, const struct conf *conf,
	const struct outcome *outcome, const char *relay, size_t waiting);

/*
 * The provider wants it slower: holds the account for a moment, longer each time it happens again
 * before a number of messages went well.
 */
void account_slow(struct account *a, const struct outcome *outcome, const char *relay);

/* Holds it for so long without a word: trouble of our own, logged elsewhere. */
void account_pause(struct account *a, int64_t wait_ms);

/* The provider answered for a message: whatever the answer, the way is free. */
void account_works(struct account *a);

/* Somebody wants a try now: ends the hold, but one after a refused login only for root. True if
 * nothing is held now. */
bool account_flush(struct account *a, bool by_root);

/* Forgets the hold, so that the next try comes at once. */
void account_release(struct account *a);

#endif
