/* SPDX-License-Identifier: ISC */
#include "flusher/flush.h"

#define ROOT_INTERVAL_MS  10000
#define OTHER_INTERVAL_MS 60000

void flush_ask(struct flush *f, bool by_root)
{
	f->asked = true;
	f->by_root = f->by_root || by_root;
}

int64_t flush_due(const struct flush *f)
{
	if (!f->asked)
		return -1;
	if (!f->done)
		return 0;
	return f->done_ms + (f->by_root ? ROOT_INTERVAL_MS : OTHER_INTERVAL_MS);
}

bool flush_take(struct flush *f, int64_t now_ms, bool *by_root)
{
	if (!f->asked || now_ms < flush_due(f))
		return false;
	*by_root = f->by_root;
	*f = (struct flush){ .done = true, .done_ms = now_ms };
	return true;
}
