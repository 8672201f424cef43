/* SPDX-License-Identifier: ISC */
/* Time. Waits use the monotonic clock; what is kept on disk uses the real one. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_read_ms(clockid_t which)
{
	struct timespec now;

	clock_gettime(which, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Milliseconds on CLOCK_MONOTONIC: for deadlines. */
static inline int64_t clock_mono_ms(void)
{
	return clock_read_ms(CLOCK_MONOTONIC);
}

/* Milliseconds since the epoch: for what outlives a reboot. */
static inline int64_t clock_real_ms(void)
{
	return clock_read_ms(CLOCK_REALTIME);
}

#endif
