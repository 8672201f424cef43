/* SPDX-License-Identifier: ISC */
/*
 * The messages mailchuted knows of, in memory: which are ready, in order, and which sleep until
 * when. Small per message, and no work for one that sleeps. Knows nothing of disks.
 */
#ifndef FLUSHER_QUEUE_H
#define FLUSHER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/spool.h"
#include "mail/state.h"

struct message {
	char id[SPOOL_ID_SIZE];
	bool claimed;	    /* lies in cur/, not in new/ */
	bool has_state;	    /* cur/ID.state exists */
	struct state *kept; /* what could not be written to disk, or NULL */
	uint64_t octets;    /* of the file */
	union {
		int64_t due_ms;	      /* while it sleeps; monotonic */
		struct message *next; /* while it is ready */
	};
};

struct queue {
	struct message *first; /* ready, oldest first */
	struct message *last;
	struct message **heap; /* asleep, the next one due on top */
	size_t heap_count;
	size_t heap_room;
	void *by_id; /* tree for tsearch(3): all messages, also those in flight */
	size_t count;
	uint64_t octets; /* of all of them */
};

/* A new message of that ID, ready, behind the others. NULL if it is known already (with *KNOWN
 * true) or memory is out. */
struct message *queue_add(struct queue *q, const char *id, bool *known);

/* Notes how large the file is. */
void queue_weigh(struct queue *q, struct message *m, uint64_t octets);

/* Takes the first ready message out, or NULL. It stays known: give it back with queue_ready(),
 * queue_sleep() or queue_forget(). */
struct message *queue_take(struct queue *q);

void queue_ready(struct queue *q, struct message *m);	    /* behind the others */
void queue_ready_first(struct queue *q, struct message *m); /* before the others */

/* Puts it to sleep until DUE_MS (monotonic). 0, or -ENOMEM: it is ready instead. */
int queue_sleep(struct queue *q, struct message *m, int64_t due_ms);

/* Makes ready what is due by NOW_MS. */
void queue_wake(struct queue *q, int64_t now_ms);
void queue_wake_all(struct queue *q);

/* When the next sleeper is due; -1 if none sleeps. */
int64_t queue_next_due(const struct queue *q);

/* The message is done: frees it. */
void queue_forget(struct queue *q, struct message *m);

/* Frees everything; messages in flight are not the queue's. */
void queue_free(struct queue *q);

#endif
