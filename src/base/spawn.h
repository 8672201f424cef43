/* SPDX-License-Identifier: ISC */
#ifndef BASE_SPAWN_H
#define BASE_SPAWN_H

#include <limits.h>
#include <sys/types.h>

/*
 * Starts the program at PATH with nothing blocked and nothing ignored, and our descriptor FD as its
 * AS (-1: none). 0 and *RET_PID, which the caller waits for; -errno.
 */
int spawn(const char *path, char *const argv[], char *const envp[], int fd, int as,
	pid_t *ret_pid);

/* The path of the program NAME in the directory of our own. 0 or -errno. */
int spawn_beside(const char *name, char to[PATH_MAX]);

#endif
