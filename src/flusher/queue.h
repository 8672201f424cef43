/* SPDX-License-Identifier: ISC */
/*
 * The messages mailchuted knows of, in memory: which are ready, in whose turn, and which sleep until
 * when. Small per message, and no work for one that sleeps. Knows nothing of disks.
 *
 * Messages wait by routes: one for those that were not looked at, and one for each account. In a
 * route each submitting user has a lane. Lanes take turns, and within one fresh mail and mail that was
 * tried before: ten thousand messages of one user do not delay another's next one.
 */
#ifndef FLUSHER_QUEUE_H
#define FLUSHER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "conf/conf.h"
#include "flusher/sleepers.h"
#include "mail/spool.h"
#include "mail/state.h"

#define QUEUE_UNROUTED 0 /* where a message is until somebody has looked where it goes */
#define QUEUE_ROUTES   (CONF_ACCOUNTS_MAX + 1)

struct message {
	char id[SPOOL_ID_SIZE];
	bool claimed : 1;   /* lies in cur/, not in new/ */
	bool has_state : 1; /* cur/ID.state exists */
	bool slept : 1;	    /* it was tried before, or had to wait */
	bool deferred : 1;  /* in this round: a recipient of an account in TRIED */
	struct state *kept; /* what could not be written to disk, or NULL */
	uint64_t tried;	    /* in this round: a bit for each account; a sleep ends it */
	struct lane *lane;
	uint64_t octets; /* of the file */
	union {
		int64_t due_ms;	      /* while it sleeps; monotonic */
		struct message *next; /* while it is ready */
	};
};

struct fifo {
	struct message *first;
	struct message *last;
};

struct user {
	uid_t uid;
	size_t count; /* messages, whatever they do */
	uint64_t octets;
	bool full; /* some of the user's were left where they are */
	struct lane *lanes;
};

/* One user's in one route. */
struct lane {
	struct user *user;
	unsigned route;
	struct fifo ready[2]; /* fresh, and tried before */
	unsigned turn;	      /* which of them is next */
	struct lane *next; /* in the ring of lanes with ready messages; NULL: not in it */
	struct lane *sibling; /* the user's next one */
};

struct route {
	struct lane *
		last; /* of the ring: the next in turn is last->next; NULL: none is ready */
	size_t ready; /* messages */
};

struct queue {
	struct route routes[QUEUE_ROUTES];
	void *users; /* tree for tsearch(3), by uid */
	void *by_id; /* the same for all messages, also those in flight */
	struct sleepers sleepers;
	size_t count;
	uint64_t octets; /* of all of them */
};

/* What is known of a file that may become a message. */
struct arrival {
	const char *id;
	uid_t uid;
	uint64_t octets;
};

enum queue_added {
	QUEUE_ADDED,  /* *RET is ready, behind the others of its user */
	QUEUE_KNOWN,  /* one of that name was there already, *RET */
	QUEUE_FULL,   /* its user has as many as allowed */
	QUEUE_MEMORY, /* there is none left */
};

/* How much one user may have; 0: no limit. */
struct queue_limit {
	size_t messages;
	uint64_t octets;
};

enum queue_added queue_add(struct queue *q, const struct arrival *arrival,
	const struct queue_limit *limit, struct message **ret);

bool queue_is_ready(const struct queue *q, unsigned route); /* some message is */

/* True if a message of another user than M's is ready there. */
bool queue_others_are_ready(
	const struct queue *q, unsigned route, const struct message *m);

/* Takes the ready message whose turn it is in the route, or NULL. It stays known: give it back with
 * queue_ready(), queue_sleep() or queue_forget(). */
struct message *queue_take(struct queue *q, unsigned route);

/* The message that was taken goes on in another route. 0, or -ENOMEM: it stays in its own. */
int queue_route(struct message *m, unsigned route);

/* What was found out about a message that is not ready does not count any more. */
void queue_end_round(struct message *m);

/* The same for all that are ready. */
void queue_unroute(struct queue *q);

void queue_ready(struct queue *q, struct message *m);	    /* behind its user's others */
void queue_ready_first(struct queue *q, struct message *m); /* before them */

/* Puts it to sleep until DUE_MS (monotonic); then it has no route. 0, or -ENOMEM: it is ready instead. */
int queue_sleep(struct queue *q, struct message *m, int64_t due_ms);

/* Makes ready what is due by NOW_MS. */
void queue_wake(struct queue *q, int64_t now_ms);
void queue_wake_all(struct queue *q);

/* The message is done: frees it. True if its user had too many, and now has room again. */
bool queue_forget(struct queue *q, struct message *m, const struct queue_limit *limit);

/* Frees everything; messages in flight are not the queue's. */
void queue_free(struct queue *q);

#endif
