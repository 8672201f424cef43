/* SPDX-License-Identifier: ISC */
#include "flusher/junk.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"

#define INTERVAL_MS 10000

void junk_note(struct junk *junk, const char *reason, const char *name)
{
	junk->more++;
	snprintf(junk->reason, sizeof(junk->reason), "%s", reason);
	snprintf(junk->name, sizeof(junk->name), "%s", name);
	junk_tell(junk, clock_mono_ms());
}

void junk_tell(struct junk *junk, int64_t now_ms)
{
	if (junk->more == 0 || now_ms < junk->next_ms)
		return;
	if (junk->more == 1)
		log_warning("spool: a file in the queue was moved to failed/%s: %s",
			junk->name, junk->reason);
	else
		log_warning(
			"spool: %zu files in the queue were moved to failed/, the last "
			"as %s: %s",
			junk->more, junk->name, junk->reason);
	junk->more = 0;
	junk->next_ms = now_ms + INTERVAL_MS;
}

int64_t junk_due(const struct junk *junk)
{
	return junk->more ? junk->next_ms : -1;
}
