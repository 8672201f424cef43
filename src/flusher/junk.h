/* SPDX-License-Identifier: ISC */
/*
 * Files in the queue that are no messages: moved to failed/ and told of, in one line for all that come
 * within a while, so that nobody can fill the log with them.
 */
#ifndef FLUSHER_JUNK_H
#define FLUSHER_JUNK_H

#include <stddef.h>
#include <stdint.h>

struct junk {
	size_t more;	  /* since the last line */
	char reason[128]; /* of the last of them, and what it is called now */
	char name[64];
	int64_t next_ms; /* monotonic; the next line not before */
};

/* One more, moved to failed/NAME. */
void junk_note(struct junk *junk, const char *reason, const char *name);

/* Says what is to be said by now. */
void junk_tell(struct junk *junk, int64_t now_ms);

/* When that is (monotonic), or -1. */
int64_t junk_due(const struct junk *junk);

#endif
