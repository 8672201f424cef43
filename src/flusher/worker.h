/* SPDX-License-Identifier: ISC */
/*
 * A courier process: started, given messages, listened to, buried. It has several messages at a time,
 * and reports about them in the order in which it got them.
 */
#ifndef FLUSHER_WORKER_H
#define FLUSHER_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "flusher/flusher.h"
#include "flusher/load.h"

struct worker {
	struct flusher *flusher;
	struct account *account; /* NULL: a new configuration does not have it */
	pid_t pid;
	int fd; /* -1 when nothing more is to be said or heard */
	sd_event_source *io;
	sd_event_source *child;
	struct load load; /* none: it is idle */
	bool crammed;	  /* its socket took no more, and it has not reported since */
	bool busy, full;  /* as the account counts it */
	bool unproven;	  /* the same */
	bool proven;	  /* it has reported */
	int64_t since_ms; /* idle, busy without a report, or leaving (monotonic) */
	bool retiring;
	bool lost; /* it ended, and we have yet to hear of it */
	bool exited;
	bool killed;	 /* by a signal */
	bool unfit;	 /* it cannot work, whatever the message */
	char ending[64]; /* how it ended, for people */
	struct worker *next;
};

/* Starts one, which is among the workers of F from then on. 0 and *RET, or -errno. */
int worker_start(struct flusher *f, struct account *account, struct worker **ret);

/* True if it is idle, and there to be given work. */
bool worker_is_waiting(const struct worker *w);

/* Gives it a delivery, whose first job is made. 0; -EAGAIN: it has enough for now; another -errno. In both
 * cases the delivery stays the caller's. */
int worker_give(struct worker *w, struct delivery *d);

/* Tells its account what it may expect of it now: to be called when that has changed. */
void worker_count(struct worker *w);

/* Tells an idle one that nothing more comes. */
void worker_retire(struct worker *w);

/* When its time is up (monotonic): an idle one's to go, the others' to have come to an end. */
int64_t worker_due_ms(const struct worker *w);

/* Kills it, with words in the log; its end is heard of later. */
void worker_kill(struct worker *w);

/* Kills what is left of it, now, and puts back what it has. W is gone. */
void worker_end(struct worker *w);

#endif
