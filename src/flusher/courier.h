/* SPDX-License-Identifier: ISC */
/* The program that a courier is. */
#ifndef FLUSHER_COURIER_H
#define FLUSHER_COURIER_H

#include <sys/types.h>

#include "flusher/flusher.h"

#define COURIER_NAME "mailchute-courier"

/* Starts one for the account, with FD as its socket. 0 and *RET_PID, or -errno. */
int courier_spawn(
	const struct flusher *f, const struct account *account, int fd, pid_t *ret_pid);

#endif
