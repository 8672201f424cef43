/* SPDX-License-Identifier: ISC */
/* The part of mailchute check that goes to the provider. */
#ifndef CONTROL_CHECK_H
#define CONTROL_CHECK_H

#include "conf/conf.h"

/*
 * Reads the password, connects, verifies, logs in and leaves again, and prints a line for each
 * step, with what to do about the one that fails. An exit code of sysexits.h.
 */
int check_login(const struct conf *conf);

#endif
