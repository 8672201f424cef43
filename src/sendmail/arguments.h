/* SPDX-License-Identifier: ISC */
/* What the command line says about a message: from whom, to whom, what to report. */
#ifndef SENDMAIL_ARGUMENTS_H
#define SENDMAIL_ARGUMENTS_H

#include "mail/address.h"
#include "sendmail/options.h"
#include "sendmail/submission.h"
#include "sendmail/trouble.h"

/* Appends the recipient words, up to a NULL: each is a list of addresses, cron passes "a@x,b@y" as
 * one. EX_OK, or the status that is set in TROUBLE. */
int arguments_words(char **words, struct address_list *list, struct trouble *trouble);

/* Fills in what the caller of a submission sets. EX_OK, or the status that is set in its trouble. */
int arguments_read(const struct options *o, struct submission *s);

#endif
