/* SPDX-License-Identifier: ISC */
#include "mail/backoff.h"

int64_t backoff_ms(unsigned attempts, int64_t min_ms, int64_t max_ms, uint32_t random)
{
	int64_t wait = min_ms > 0 ? min_ms : 1;

	for (unsigned i = 1; i < attempts && wait < max_ms; i++)
		wait *= 2;
	if (wait > max_ms && max_ms > 0)
		wait = max_ms;
	return wait - (int64_t)((uint64_t)(wait / 4) * random / UINT32_MAX);
}
