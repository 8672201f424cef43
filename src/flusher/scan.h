/* SPDX-License-Identifier: ISC */
/* From the files of the spool to the messages of the queue. */
#ifndef FLUSHER_SCAN_H
#define FLUSHER_SCAN_H

#include "flusher/flusher.h"

/* At start: first what is new, oldest first; then what a flusher before us had in hand. 0 or -errno
 * (logged). */
int scan_all(struct flusher *f);

/* Starts to look through new/ for messages not yet known; if that is under way, it is done again. */
void scan_new(struct flusher *f);

/* Goes on with that until UNTIL_MS (monotonic). */
void scan_go_on(struct flusher *f, int64_t until_ms);

/* A file of that name appeared in new/. */
void scan_found(struct flusher *f, const char *name);

/* How much one user may have in the queue. */
struct queue_limit scan_limit(const struct conf *conf);

#endif
