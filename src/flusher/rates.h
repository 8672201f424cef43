/* SPDX-License-Identifier: ISC */
/*
 * What the accounts have sent of their rates is kept in the file `rates` of the spool:
 *
 *	mailchute-rates 1
 *	running
 *	sent default 86400 messages 1764000000000 17 0 3 ...
 *
 * A line for each rate of a minute or longer: the account, the rate's time in seconds, what is
 * counted, when this was written (milliseconds since the epoch), and how many in each slot, the newest
 * first (flusher/pace.h). While the flusher runs, the file counts some as sent that are not, so that it
 * has to be written for a fiftieth of a rate at a time only; a crash loses those.
 */
#ifndef FLUSHER_RATES_H
#define FLUSHER_RATES_H

#include "flusher/flusher.h"

#define RATES_TEXT_MAX 128

/* Goes on with what the file says. */
void rates_load(struct flusher *f);

/* Writes it: while the flusher runs, or for its END. */
void rates_save(struct flusher *f, bool end);

/* A message of so many recipients goes by the account. */
void rates_spend(struct flusher *f, struct account *account, unsigned recipients);

/* Looks whose rate is used up for long, and tells. */
void rates_look(struct flusher *f, int64_t now_ms);

/* "; account ses: 14/s reached" if mail waits for that, else "": in TO, or constant. */
const char *rates_text(struct flusher *f, char to[RATES_TEXT_MAX]);

#endif
