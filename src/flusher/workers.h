/* SPDX-License-Identifier: ISC */
/* All couriers: which one takes the next message, when another one is started, and when they go. */
#ifndef FLUSHER_WORKERS_H
#define FLUSHER_WORKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "flusher/flusher.h"

/* The courier that takes the account's next message: an idle one, else the one that has the least,
 * unless that does not get on and the account allows a new one, else a new one. 0 and *RET, or -errno
 * if none can be started. */
int workers_get(struct flusher *f, struct account *account, struct worker **ret);

/* Lets the idle couriers go, all of them or those idle for max-idle; the busy ones, with
 * RETIRE, after the job that they have. Kills those that hang. */
void workers_dismiss(struct flusher *f, bool all, bool retire);

/* The accounts of CONF are those in force now. 0 or -ENOMEM: nothing has changed. */
int workers_set_accounts(struct flusher *f, const struct conf *conf);

/* When workers_dismiss() has something to do again (monotonic), or -1. */
int64_t workers_next_due(const struct flusher *f);

/* Kills what is left. */
void workers_kill_all(struct flusher *f);

#endif
