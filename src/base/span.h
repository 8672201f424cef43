/* SPDX-License-Identifier: ISC */
/* Parts of a text, for readers of lines and words: the files and packets of our own are read with these. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Octets of somebody else's, not terminated: what was found, or what is left to read. */
struct span {
	const char *at;
	size_t len;
};

static inline struct span span_of(const char *s)
{
	return (struct span){ s, strlen(s) };
}

/* Each takes something off the front of *S. False, and *S is as it was, if that is not there. */

/* The octets of WORD. */
bool span_skip(struct span *s, const char *word);

/* What stands in this line before the next STOP, and STOP. */
bool span_until(struct span *s, char stop, struct span *ret);

/* The same if it is a number of at most MAX, as num_parse() has it. */
bool span_number(struct span *s, char stop, uint64_t max, uint64_t *ret);

/* The place of S among the COUNT names, or -1. */
int span_find(struct span s, const char *const *names, size_t count);

#endif
