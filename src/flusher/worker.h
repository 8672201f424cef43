/* SPDX-License-Identifier: ISC */
/*
 * The courier processes: started, given messages, listened to, buried. A courier has several messages
 * at a time, and reports about them in the order in which it got them.
 */
#ifndef FLUSHER_WORKER_H
#define FLUSHER_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "flusher/flusher.h"

struct delivery;

/* The courier that takes the account's next message: an idle one, else the one that has the least,
 * unless that does not get on and the account allows a new one, else a new one. 0 and *RET, or -errno if none can be started. */
int worker_get(struct flusher *f, struct account *account, struct worker **ret);

/* Gives it a delivery, whose first job is made. 0; -EAGAIN: it has enough for now; another -errno. In both
 * cases the delivery stays the caller's. */
int worker_give(struct worker *w, struct delivery *d);

/* Lets the idle couriers go, all of them or those idle for max-idle; the busy ones, with
 * RETIRE, after the job that they have. Kills those that hang. */
void worker_dismiss(struct flusher *f, bool all, bool retire);

/* The accounts of CONF are those in force now. 0 or -ENOMEM: nothing has changed. */
int worker_set_accounts(struct flusher *f, const struct conf *conf);

/* When worker_dismiss() has something to do again (monotonic), or -1. */
int64_t worker_next_due(const struct flusher *f);

/* Kills what is left. */
void worker_kill_all(struct flusher *f);

#endif
