/* SPDX-License-Identifier: ISC */
/* What is looked at, how that went, and what to do about it: a line each for people, or as JSON. */
#ifndef CONTROL_STEPS_H
#define CONTROL_STEPS_H

#include <stdbool.h>

#include "base/buf.h"

enum step_status {
	STEP_OK,
	STEP_WARN, /* mail goes out, but something should be seen to */
	STEP_FAIL,
};

struct steps {
	bool json;	/* all is told at the end, as one object */
	struct buf out; /* of that object, so far */
	struct buf section;
	enum step_status worst;
};

/* What follows is about this. */
void steps_section(struct steps *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* HINT says what to do; "" if there is nothing to do, or the words tell it already. */
void steps_tell(struct steps *s, enum step_status status, const char *name,
	const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Prints what is left to print. 0 or -ENOMEM. */
int steps_end(struct steps *s);

#endif
