/* SPDX-License-Identifier: ISC */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reads the N bytes at S as an unsigned decimal number of at most MAX. Nothing but digits is
 * taken: no sign, no blank, no empty string. 0 and *RET, or -EINVAL or -ERANGE.
 */
int num_parse(const char *s, size_t n, uint64_t max, uint64_t *ret);

#endif
