/* SPDX-License-Identifier: ISC */
/*
 * The ways to the providers. Trouble that concerns all mail of an account (refused login, no
 * connection, no TLS) holds the account, not the messages: nothing is counted against them, and one
 * probe finds out when it is over. What other accounts have to do goes on meanwhile.
 */
#ifndef FLUSHER_ACCOUNT_H
#define FLUSHER_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "flusher/pace.h"
#include "flusher/senders.h"
#include "mail/job.h"
#include "mail/outcome.h"

struct account {
	const struct conf *conf;
	char label[CONF_ACCOUNT_MAX + 16]; /* "account NAME: "; "" for the only one */
	unsigned in_flight;		   /* messages that its couriers have */
	unsigned busy;			   /* couriers that have some */
	unsigned full;			   /* of those: who take no more for now */
	unsigned unproven;		   /* of the busy: who reported nothing yet */
	int64_t patience_ms;		   /* monotonic; nobody waits for those longer */
	enum gear gear;			   /* how the last one to report went on */
	enum gear gear_limit;		   /* the host did not bear more, until: */
	int64_t gear_until_ms;		   /* monotonic */
	int64_t careful_until_ms; /* monotonic: one message at a time for each courier */
	unsigned failures;	  /* in a row */
	unsigned broken;	  /* connections that broke over a message, in a row */
	int64_t failing_since_ms; /* monotonic; the first of them */
	int64_t hold_until_ms;	  /* monotonic; nothing is sent before */
	int64_t probe_ms;   /* monotonic; new mail ends the hold from then on; 0: never */
	bool login_refused; /* the last trouble */
	struct pace pace;
	int64_t spent_since_ms; /* monotonic; a rate is used up for long; 0: none is */
	uint16_t port;		/* the last by which mail went */
	int64_t port_until_ms;	/* monotonic; it is tried first until then */
	struct senders senders;
};

/* By the numbers of conf_account(). */
struct accounts {
	struct account *list;
	size_t count;
};

/* Fills *ACCOUNTS (zeroed) with those of CONF, which must outlive them. All are free to go; but senders
 * that an account of that name in BEFORE did not take are noted. 0 or -ENOMEM. */
int accounts_set(
	struct accounts *accounts, const struct conf *conf, struct accounts *before);
void accounts_clear(struct accounts *accounts);

/* The account of that name, or NULL. */
struct account *accounts_find(struct accounts *accounts, const char *name);

/*
 * Which account takes mail of account NUMBER now: itself; its fallback, when it is in trouble for
 * longer than was set, but for one message that finds out how it is; NULL: the mail has to wait.
 */
struct account *accounts_pick(struct accounts *accounts, size_t number, int64_t now_ms);

/*
 * True if it may have one more connection than those that are busy. It grows with what has worked, so
 * that a few messages go over one, and many over as many as are of use.
 */
bool account_may_connect(const struct account *a, int64_t now_ms);

/*
 * How many messages one of its couriers may be given ahead: two windows where they are sent one right
 * behind the other, so that the next is there when the replies to the first arrive; less where they
 * would only wait.
 */
unsigned account_ahead(const struct account *a, int64_t now_ms);

/* Notes how a courier goes on, and what its host did not bear: for a while no courier tries it again. */
void account_note_gear(struct account *a, const struct report *report, int64_t now_ms);

/* The highest gear that a new courier may try. */
enum gear account_gear_limit(const struct account *a, int64_t now_ms);

/* A courier died with several messages: for a while each goes alone, which shows whose fault it is. */
void account_be_careful(struct account *a, int64_t now_ms);

/* When the account may be tried again (monotonic), or -1 if it is only busy. */
int64_t account_due(struct account *a, int64_t now_ms);

/* When the answer of accounts_pick() may change by itself (monotonic), or -1. */
int64_t accounts_due(struct accounts *accounts, size_t number, int64_t now_ms);

/* True if nothing of the account can go before its hold is over. */
bool accounts_held(struct accounts *accounts, size_t number, int64_t now_ms);

/* Notes trouble and logs it with the time of the next try and how many messages wait; once, when
 * several connections meet it at a time. */
void account_trouble(struct account *a, const struct outcome *outcome, const char *relay,
	size_t waiting);

/*
 * The provider wants it slower: holds the account for a moment, longer each time it happens again
 * before a number of messages went well.
 */
void account_slow(struct account *a, const struct outcome *outcome, const char *relay);

/* Holds it for so long without a word: trouble of our own, logged elsewhere. */
void account_pause(struct account *a, int64_t wait_ms);

/* The provider answered for a message: whatever the answer, the way is free. */
void account_works(struct account *a);

/* Notes by which port the mail went; RELAY as in a report. */
void account_note_port(struct account *a, const char *relay);

/* The port to try first. */
uint16_t account_port(const struct account *a);

/* New mail came, and should not wait for an outage that may be over: that is found out with it, now and
 * then. A connection that is refused costs nobody anything, a login that is refused does. */
void accounts_probe(struct accounts *accounts, int64_t now_ms);

/* Somebody wants a try now: ends the holds, but those after a refused login only for root. True if
 * nothing is held now. */
bool accounts_flush(struct accounts *accounts, bool by_root);

#endif
