/* SPDX-License-Identifier: ISC */
#include "flusher/publish.h"

#include "base/clock.h"

#define INTERVAL_MS 2000

int64_t publish_due(
	const struct publisher *p, const struct queue *q, const struct alerts *a)
{
	if (p->next_ms && p->said.messages == q->count && p->said.octets == q->octets &&
		p->said_changes == a->changes)
		return -1;
	return p->next_ms;
}

void publish(struct publisher *p, const struct queue *q, const struct alerts *a,
	const char *spool)
{
	struct status status = { .messages = q->count, .octets = q->octets };

	alert_report(a, &status);
	if (status_write(spool, &status) == 0) {
		p->said = status;
		p->said_changes = a->changes;
	}
	p->next_ms = clock_mono_ms() + INTERVAL_MS;
}
