/* SPDX-License-Identifier: ISC */
/* The parts of mailchute check that look further than the configuration. */
#ifndef CONTROL_CHECK_H
#define CONTROL_CHECK_H

#include "conf/conf.h"

/* Prints what is wrong with the aliases file, and where root's mail goes. */
void check_aliases(const struct conf *conf);

/*
 * Reads the password, connects, verifies, logs in and leaves again, and prints a line for each
 * step, with what to do about the one that fails. An exit code of sysexits.h.
 */
int check_login(const struct conf *conf);

#endif
