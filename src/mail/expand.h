/* SPDX-License-Identifier: ISC */
/*
 * From an address to those that its mail is sent to. A local user's mail goes where the alias of
 * the name says, and on from there; without an alias, to what "root" of the configuration says, or
 * if that is not set, the alias of root. It never goes to a stranger who has that name elsewhere.
 */
#ifndef MAIL_EXPAND_H
#define MAIL_EXPAND_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/aliases.h"
#include "mail/local.h"

/* Who gets the mail of one message. What an alias leads to is found once, not for each recipient. */
struct expander {
	const struct aliases *aliases;
	const char *root; /* addresses with commas between, or "" */
	struct local local;
	const struct alias *root_alias; /* leads to an address; NULL: none that does */
	unsigned *visited; /* for each alias the turn in which it was met; 0: never */
	size_t *met;	   /* those of this turn, in order */
	size_t met_count;
	unsigned turn;
	bool reached; /* in this turn: an address */
	bool stuck;   /* in this turn: a local user whose mail goes nowhere */
};

/*
 * Takes what was found: an address to send to; or, with STUCK, a local user's that leads nowhere
 * (as it was written, to be tried again when the configuration was mended). The same may be found
 * again. 0 or -errno, which ends the expansion.
 */
typedef int expand_found(void *context, const char *address, bool stuck);

/* Starts with a message. ALIASES, ROOT and HOSTNAME (which may be "") are kept. 0 or -ENOMEM. */
int expander_open(struct expander *e, const struct aliases *aliases, const char *root,
	const char *hostname);

/*
 * Expands ADDRESS. FOUND is called at least once, unless all of it was found for an address before.
 * 0 or what FOUND returned.
 */
int expand(struct expander *e, const char *address, expand_found *found, void *context);

void expander_close(struct expander *e);

#endif
