/* SPDX-License-Identifier: ISC */
/*
 * Runs the account's password-command or token-command, or mailchute-token, for a courier, which may
 * start no program once it is confined: a process from before that, which is told nothing but when.
 */
#ifndef COURIER_KEEPER_H
#define COURIER_KEEPER_H

#include <stddef.h>

#include "conf/conf.h"

/* Starts it, if the account has such a program. 0 and *RET_FD, or -1 there if there is none; -errno. It
 * ends when the descriptor is closed, or with this process. */
int keeper_start(const struct conf *conf, int *ret_fd);

/* Has it run; all as in login_secret(). */
int keeper_ask(int fd, bool anew, char **ret_secret, char *error, size_t error_size);

#endif
