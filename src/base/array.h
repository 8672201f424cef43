/* SPDX-License-Identifier: ISC */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stdlib.h>

/*
 * Makes room for one more behind the COUNT elements of SIZE octets that ITEMS has. All of them came by
 * this function, which grows at powers of two, so nobody has to remember how much room there is. Where
 * they are now; or NULL, and they are where they were.
 */
static inline void *array_room(void *items, size_t count, size_t size)
{
	if (count & (count - 1))
		return items;
	return reallocarray(items, count ? 2 * count : 1, size);
}

#endif
