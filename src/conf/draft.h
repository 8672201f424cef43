/* SPDX-License-Identifier: ISC */
/* A configuration that is being made, account by account, and the faults found on the way. */
#ifndef CONF_DRAFT_H
#define CONF_DRAFT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "conf/file.h"

/* The faults of one file, a line each: "FILE:LINE: what; what to do". */
struct faults {
	const char *path;
	struct buf *out;
	unsigned count;
};

/* LINE 0: none. */
void fault_add(struct faults *faults, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* One account. */
struct draft {
	struct conf *conf;
	struct faults *faults;
	bool whole; /* the file has no syntax error, so what is missing is really missing */
	uint64_t bad;	/* a bit for each key with a faulty value */
	uint64_t meant; /* a bit for each key that was mistyped, as it seems */
};

_Static_assert(CONF_KEY_COUNT <= 64, "a bit for each key");

/* Takes a setting of the file into the account. */
void draft_apply(struct draft *d, const struct conf_item *item);

/* What the file leaves out, from the preset and otherwise. 0 or -ENOMEM. */
int draft_fill(struct draft *d);
int draft_fill_oauth(struct draft *d);

/* What does not go together in the settings for OAuth2. */
void draft_check_oauth(struct draft *d);

/* When all settings are taken: fills in the preset and what follows from other settings, and looks
 * for what does not go together. 0 (look at the count of faults) or -ENOMEM. */
int draft_complete(struct draft *d);

#endif
