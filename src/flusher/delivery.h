/* SPDX-License-Identifier: ISC */
/*
 * One message in flight: claimed, opened, its recipients going out in batches, each a job for a
 * courier. Knows the disk (through the store) and the message, not the couriers.
 */
#ifndef FLUSHER_DELIVERY_H
#define FLUSHER_DELIVERY_H

#include <stdbool.h>

#include "conf/conf.h"
#include "flusher/queue.h"
#include "flusher/store.h"
#include "mail/aliases.h"
#include "mail/envelope.h"
#include "mail/job.h"

#define DELIVERY_CRASHES_MAX 3 /* couriers that die of a message, until it is given up */
#define DELIVERY_DISK_MS     10000 /* until what the disk refused is tried again */

struct notice_budget;

struct delivery {
	struct message *message;
	struct claim claim;
	struct envelope envelope;
	struct state state;
	char *sender;	/* qualified */
	char *sent_as;	/* whom accounts are chosen for: "" if it is nobody */
	char *user;	/* name of the submitter, or NULL */
	size_t account; /* number of the one whose recipients are sent to */
	struct job job; /* the batch that is out */
	size_t batch
		[JOB_RECIPIENTS_MAX]; /* its recipients, by their place in the state */
	size_t from;	     /* the part of the state that it comes from: from here */
	size_t to;	     /* up to here, exclusive */
	bool changed;	     /* the state differs from what is on disk */
	bool sender_refused; /* it waits for the provider to know its sender */
	bool written;	     /* this delivery has written the state file */
	bool deferred;	     /* a recipient was tried and has to be tried again */
	bool aside; /* it could not go yet, and nothing is to be concluded from that */
	struct delivery *next; /* while it is parked, or at a courier */
	bool stopped; /* the rest was not attempted: trouble that is not the message's */
};

enum delivery_end {
	DELIVERY_DONE,	/* gone from the queue: delivered, or in failed/ */
	DELIVERY_RETRY, /* tried, or the disk refuses; *WAIT_MS says how long to wait */
	DELIVERY_MORE,	/* now it is up to another account */
	DELIVERY_PUT_BACK, /* not tried: the next to go when the way is free */
};

/*
 * Claims (unless that was done) and opens a message, and finds out where it goes. 0 and *RET; 1 if there is nothing to deliver
 * any more (it vanished, or was set aside: logged); -errno if it has to wait (logged).
 */
int delivery_open(struct store *store, const struct conf *conf,
	const struct aliases *aliases, struct message *message, struct delivery **ret);

/* Who submitted it, or ENVELOPE_UNKNOWN: the owner of the file, or whom our own service names. */
uint32_t delivery_submitter(const struct delivery *d);

/* When the file was read: who the message is from, as far as that decides which account it goes by;
 * not as somebody that its submitter may not send as. 0 or -ENOMEM. */
int delivery_identify(struct delivery *d, const struct conf *conf);

/*
 * Which account a recipient goes by: its number. CONF_ACCOUNTS_MAX for one that was tried in this
 * round, or goes by none.
 */
size_t delivery_route(
	const struct delivery *d, const struct conf *conf, const struct recipient *r);

/*
 * Makes d->job the next batch of those who go by d->account, as the account VIA takes it. 1; 0 if
 * no recipient is left to try; -ENOMEM. It has MOST recipients, or fewer.
 */
int delivery_next(struct delivery *d, const struct conf *conf, const struct conf *via,
	unsigned most);

/* Whom a recipient stands for: as the sender wrote it. */
const struct envelope_path *delivery_given(
	const struct delivery *d, const struct recipient *r);

/* Takes the report for the batch: notes and logs what became of each recipient. Returns one
 * that concerns more than this message (account, link, pace, sender), or NULL. */
const struct outcome *delivery_report(struct delivery *d, const struct report *report);

/* The batch was not answered: the courier died, as REASON says. Counts as a try; and against the
 * message, if COUNTS. */
void delivery_crashed(struct delivery *d, const char *reason, bool counts);

/* Between two batches: what became of the last one goes to disk before the next. */
void delivery_note_batch(struct delivery *d, struct store *store);

/* All that is known goes to disk, if it is not there. */
void delivery_checkpoint(struct delivery *d, struct store *store);

/* Settles the message on disk and frees D. */
enum delivery_end delivery_finish(struct delivery *d, struct store *store,
	const struct conf *conf, struct notice_budget *budgets, int64_t *wait_ms);

/* What the disk does not take stays with the message, so that nobody gets it twice. */
void delivery_keep(struct delivery *d);

void delivery_free(struct delivery *d);

#endif
