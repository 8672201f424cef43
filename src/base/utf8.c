/* SPDX-License-Identifier: ISC */
#include "base/utf8.h"

/* Starts a character. The bounds of its second octet are what forbids the forms that may not be. */
static bool start(struct utf8 *u, unsigned char c)
{
	u->low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	u->high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	u->left = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	return c < 0x80 || (c >= 0xc2 && c <= 0xf4);
}

bool utf8_continues(struct utf8 *u, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (u->left == 0) {
			if (!start(u, c))
				return false;
			continue;
		}
		if (c < u->low || c > u->high)
			return false;
		u->low = 0x80;
		u->high = 0xbf;
		u->left--;
	}
	return true;
}

size_t utf8_length(const char *s, size_t n)
{
	struct utf8 u = { 0 };
	size_t length = 0;

	do {
		if (!utf8_continues(&u, s + length, 1))
			return 0;
		length++;
	} while (u.left > 0 && length < n);
	return u.left ? 0 : length;
}

bool utf8_valid(const char *s, size_t n)
{
	struct utf8 u = { 0 };

	return utf8_continues(&u, s, n) && u.left == 0;
}

bool utf8_beyond_ascii(const char *s, size_t n)
{
	unsigned char all = 0;

	for (size_t i = 0; i < n; i++)
		all |= (unsigned char)s[i];
	return all & 0x80;
}
