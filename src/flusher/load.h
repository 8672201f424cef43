/* SPDX-License-Identifier: ISC */
/* The deliveries that a courier has, in the order in which it got them and reports about them. */
#ifndef FLUSHER_LOAD_H
#define FLUSHER_LOAD_H

#include "flusher/delivery.h"

struct load {
	struct delivery *first; /* NULL: none */
	struct delivery *last;
	unsigned count;
	uint64_t octets; /* of their messages */
};

/* D, whose job is out, comes behind the others. */
void load_add(struct load *load, struct delivery *d);

/* Takes the first one, which there must be, out of it. */
struct delivery *load_take(struct load *load);

#endif
