/* SPDX-License-Identifier: ISC */
/* A connection without a network: the other side's words are there from the start. */
#ifndef TESTS_FUZZ_MEMORY_H
#define TESTS_FUZZ_MEMORY_H

#include "wire/stream.h"

#define MEMORY_MARKS 4

struct memory {
	const char *input; /* what the other side says */
	size_t len, at;
	size_t piece; /* octets that one read gets at most */
	char pause; /* a read ends where this octet stands, and it is left out; NUL: none */
	struct buf output; /* what was said to it; the caller's to free */
	/* an output with this in it, for the first time, came when so much of the input was taken */
	struct memory_mark {
		const char *text; /* NULL: none */
		size_t at;	  /* SIZE_MAX: it did not come */
	} marks[MEMORY_MARKS];
};

/* Sets a mark anew. */
void memory_mark(struct memory *memory, size_t number, const char *text);

/* Puts MEMORY under the stream, which is initialised. */
void memory_attach(struct memory *memory, struct stream *s);

/* A descriptor that stays silent, for stream_init(). */
int memory_descriptor(void);

#endif
