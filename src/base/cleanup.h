/* SPDX-License-Identifier: ISC */
/* Automatic cleanup of locals, so that an early return leaks nothing. */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free_p(void *p)
{
	free(*(void **)p);
}

/* Closes *FD unless it is negative; errno survives, so error paths can report it. */
static inline void cleanup_close_p(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

#define CLEANUP(function) __attribute__((cleanup(function)))
#define CLEANUP_FREE	  CLEANUP(cleanup_free_p)
#define CLEANUP_CLOSE	  CLEANUP(cleanup_close_p)

/* Takes the descriptor out of *FD: its owner is the caller from now on. */
static inline int steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Takes the pointer out of *(void **)P: its owner is the caller from now on. */
static inline void *steal_pointer(void *p)
{
	void *taken = *(void **)p;

	*(void **)p = NULL;
	return taken;
}

#endif
