/* SPDX-License-Identifier: ISC */
/* The courier processes: started, given a message each, listened to, buried. */
#ifndef FLUSHER_WORKER_H
#define FLUSHER_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "flusher/flusher.h"

struct delivery;

/* A courier of the account that waits for work: an idle one, else a new one. NULL if none can be
 * started (logged). */
struct worker *worker_get(struct flusher *f, struct account *account);

/* Gives it a delivery, whose first job is made. 0; or -errno: the delivery stays the caller's. */
int worker_give(struct worker *w, struct delivery *d);

/* Lets the idle couriers go, all of them or those idle for WORKER_IDLE_MS; the busy ones, with
 * RETIRE, after the job that they have. Kills those that hang. */
void worker_dismiss(struct flusher *f, bool all, bool retire);

/* The accounts of CONF are those in force now. 0 or -ENOMEM: nothing has changed. */
int worker_set_accounts(struct flusher *f, const struct conf *conf);

/* When worker_dismiss() has something to do again (monotonic), or -1. */
int64_t worker_next_due(const struct flusher *f);

/* Kills what is left. */
void worker_kill_all(struct flusher *f);

#endif
