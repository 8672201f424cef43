/* SPDX-License-Identifier: ISC */
/*
 * sendmail -q: a local user wants everything tried now. Anybody may ask, so it is not done as often
 * as anybody may like, and a refused login stays on hold until root asks: providers lock out whoever
 * keeps trying.
 */
#ifndef FLUSHER_FLUSH_H
#define FLUSHER_FLUSH_H

#include <stdbool.h>
#include <stdint.h>

struct flush {
	bool asked;
	bool by_root;
	bool done; /* at least once, and at: */
	int64_t done_ms;
};

/* Notes a wish, of root or of somebody else. */
void flush_ask(struct flush *f, bool by_root);

/* When the wish is to be fulfilled (monotonic); -1 if there is none. */
int64_t flush_due(const struct flush *f);

/* True if it is time: the wish is taken, and *BY_ROOT says whose it was. */
bool flush_take(struct flush *f, int64_t now_ms, bool *by_root);

#endif
