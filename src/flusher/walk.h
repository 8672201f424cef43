/* SPDX-License-Identifier: ISC */
/*
 * Looks through a directory piece by piece: into new/ and tmp/ anybody may put millions of names, for
 * which neither memory nor time must be spent at once.
 */
#ifndef FLUSHER_WALK_H
#define FLUSHER_WALK_H

#include <dirent.h>
#include <stddef.h>

struct walk {
	DIR *dir; /* NULL: none is under way */
};

/* Starts at the first entry of a directory, whose descriptor stays the caller's. 0 or -errno. */
int walk_open(struct walk *w, int dir_fd);

/*
 * Calls FOUND with the names of the next MOST entries, in order of name (that is, of age). FOUND may
 * remove them. 1; 0 at the end; -errno. At the end and after a failure the walk is over.
 */
int walk_on(struct walk *w, size_t most, void (*found)(void *context, const char *name),
	void *context);

void walk_close(struct walk *w);

#endif
