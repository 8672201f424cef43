/* SPDX-License-Identifier: ISC */
/* Who is calling. */
#ifndef SENDMAIL_CALLER_H
#define SENDMAIL_CALLER_H

#include "base/buf.h"

/*
 * Appends the login name of the real user: from the user database; for a user that it does not
 * know (containers), from LOGNAME or USER, else "uid-N". The full name from the database goes to
 * *FULL_NAME, if there is one.
 */
void caller_names(struct buf *login, struct buf *full_name);

#endif
