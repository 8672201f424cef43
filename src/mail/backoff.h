/* SPDX-License-Identifier: ISC */
#ifndef MAIL_BACKOFF_H
#define MAIL_BACKOFF_H

#include <stdint.h>

/*
 * Milliseconds to wait after the given number of failed attempts (1 and up): MIN doubled with each,
 * MAX at most, and up to a quarter less, so that what failed together does not come back together.
 * RANDOM is any number.
 */
int64_t backoff_ms(unsigned attempts, int64_t min_ms, int64_t max_ms, uint32_t random);

#endif
