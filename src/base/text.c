/* SPDX-License-Identifier: ISC */
#include "base/text.h"

void text_printable(char *to, size_t size, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n && i + 1 < size; i++)
		to[i] = s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
	if (size)
		to[i] = '\0';
}
