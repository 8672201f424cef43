/* SPDX-License-Identifier: ISC */
/* Which addresses mean users of this machine, who have no mailbox: their mail goes elsewhere. */
#ifndef MAIL_LOCAL_H
#define MAIL_LOCAL_H

#include <stdbool.h>

#include "mail/address.h"
#include "mail/mailname.h"

#define LOCAL_NAME_SIZE (ADDRESS_MAX + 1)

/* The names of this machine, asked for once. */
struct local {
	char host[MAILNAME_MAX]; /* as the kernel has it */
	char mail[MAILNAME_MAX]; /* mailname_get() */
	const char *hostname;	 /* as the configuration has it, or "" */
};

/* HOSTNAME is kept, not copied. */
void local_get(struct local *local, const char *hostname);

/*
 * True if ADDRESS is a local user's: it has no domain, or localhost, or the host's name. Then NAME
 * is the user's name, in lower case and without quotes. The mail name may be a domain that has
 * mailboxes elsewhere (example.org), so only root is local there.
 */
bool local_name(
	const struct local *local, const char *address, char name[LOCAL_NAME_SIZE]);

#endif
