/* SPDX-License-Identifier: ISC */
/* The aliases file as it is now: read again when it has changed. */
#ifndef FLUSHER_ALIAS_FILE_H
#define FLUSHER_ALIAS_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "mail/aliases.h"

/* Starts zeroed, ends with aliases_clear() of what is in it. */
struct alias_file {
	struct aliases aliases;
	bool known;	  /* it was looked at, and was then: */
	struct stat seen; /* zeroed: missing */
};

/*
 * The aliases of the file at PATH. What is wrong with it is logged once for each change; as long as
 * it cannot be read, what was read before stays in force. 0 and *RET; or -errno for want of
 * descriptors or memory (logged): nobody knows then where mail goes.
 */
int alias_file_get(struct alias_file *f, const char *path, const struct aliases **ret);

/* The next time it is read again in any case: another path, or somebody wants to be sure. */
void alias_file_forget(struct alias_file *f);

#endif
