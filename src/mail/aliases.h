/* SPDX-License-Identifier: ISC */
/*
 * The aliases file, in the format that Sendmail and Postfix have (aliases(5)): who gets the mail
 * for a local name. Mail is only ever sent on: what would give it to a program, write it to a file
 * or read addresses from one is refused, and the rest of the file is used. There are no loops in
 * what is read.
 */
#ifndef MAIL_ALIASES_H
#define MAIL_ALIASES_H

#include <stddef.h>

#include "base/buf.h"

#define ALIASES_FILE_MAX    (4u << 20) /* octets */
#define ALIASES_TARGETS_MAX 100000     /* of all aliases of a file together */
#define ALIASES_FAULTS_MAX  100	       /* that are told; then only their number */

struct alias {
	char *name; /* in lower case, without quotes */
	unsigned line;
	/* Addresses and local names. A backslash in front: this name itself, whatever its alias. */
	char **targets;
	size_t count;
};

struct aliases {
	struct alias *items; /* in the order of their names */
	size_t count;
};

/*
 * Reads the file at PATH. 0 and *RET, to be ended with aliases_clear(); or -errno if nothing of it
 * can be used. A file that is missing is an empty one. What is wrong with it is appended to
 * *FAULTS, a line each: "FILE:LINE: what; what to do".
 */
int aliases_load(const char *path, struct aliases *ret, struct buf *faults);

/* The same from the N octets at TEXT, which PATH is the name of; faults go to *OUT. 0 or -ENOMEM. */
int aliases_parse(const char *path, const char *text, size_t n, struct aliases *ret,
	struct buf *out);

/* The alias of a name in lower case, or NULL. */
const struct alias *aliases_find(const struct aliases *aliases, const char *name);

/* Appends what is wrong with the file to *FAULTS, as aliases_load() does. 0 if it is good or
 * missing, -EINVAL if it has faults, -errno. */
int aliases_check(const char *path, struct buf *faults);

void aliases_clear(struct aliases *aliases);

#endif
