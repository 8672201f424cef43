/* SPDX-License-Identifier: ISC */
/*
 * What else the program does, under other names or with -b: none of these reads standard input. Each
 * returns EX_OK or a status that it sets in TROUBLE.
 */
#ifndef SENDMAIL_MODES_H
#define SENDMAIL_MODES_H

#include "sendmail/options.h"
#include "sendmail/trouble.h"

int mode_list(const struct options *o, struct trouble *trouble);
int mode_count(const struct options *o, struct trouble *trouble);
int mode_verify(const struct options *o, struct trouble *trouble);
int mode_aliases(const struct options *o, struct trouble *trouble);
int mode_flush(const struct options *o, struct trouble *trouble);
int mode_nothing(const struct options *o, struct trouble *trouble);
int mode_daemon(const struct options *o, struct trouble *trouble);
int mode_help(const struct options *o, struct trouble *trouble);
int mode_version(const struct options *o, struct trouble *trouble);

#endif
