/* SPDX-License-Identifier: ISC */
/* Keeps the file `status` of the spool up to date, for those who may not read the queue. */
#ifndef FLUSHER_PUBLISH_H
#define FLUSHER_PUBLISH_H

#include <stdint.h>

#include "flusher/alert.h"
#include "flusher/queue.h"
#include "mail/status.h"

struct publisher {
	struct status said;
	unsigned said_changes; /* of the alerts */
	int64_t next_ms;       /* monotonic; not again before; 0: nothing said yet */
};

/* When the file has to be written (monotonic); -1: it is as it should be. */
int64_t publish_due(
	const struct publisher *p, const struct queue *q, const struct alerts *a);

/* Writes it. A full disk may refuse that; then it is due again a little later. */
void publish(struct publisher *p, const struct queue *q, const struct alerts *a,
	const char *spool);

#endif
