/* SPDX-License-Identifier: ISC */
#include "mail/encoded_word.h"

#include <string.h>

#include "base/base64.h"
#include "base/utf8.h"

#define WORD_OCTETS 48 /* of text, more than an encoded-word of 75 characters holds */

/* How many of the N octets at S go into a word with room for MAX: no character is cut apart. */
static size_t take(const char *s, size_t n, size_t max, bool is_utf8)
{
	size_t fit = n;

	if (n <= max)
		return n;
	fit = max;
	while (is_utf8 && ((unsigned char)s[fit] & 0xc0) == 0x80)
		fit--;
	return fit;
}

/* One encoded-word in base64. */
static void add_word(const char *start, const char *s, size_t n, struct buf *out)
{
	char clean[WORD_OCTETS];

	for (size_t i = 0; i < n; i++)
		clean[i] = (unsigned char)s[i] < ' ' || s[i] == 127 ? ' ' : s[i];
	buf_adds(out, start);
	base64_encode(clean, n, out);
	buf_adds(out, "?=");
}

size_t encoded_words(const char *s, size_t n, size_t column, struct buf *out)
{
	bool is_utf8 = utf8_valid(s, n);
	const char *start = is_utf8 ? "=?utf-8?B?" : "=?unknown-8bit?B?";
	size_t frame = strlen(start) + strlen("?=");

	while (n > 0) {
		size_t before = out->len, fit;

		if (column + ENCODED_ROOM > ENCODED_LINE_MAX) {
			buf_adds(out, "\r\n ");
			before = out->len;
			column = 1;
		}
		fit = take(s, n, (ENCODED_LINE_MAX - column - frame) / 4 * 3, is_utf8);
		add_word(start, s, fit, out);
		column += out->len - before;
		s += fit;
		n -= fit;
	}
	return column;
}

bool encoded_word_like(const char *s, size_t n)
{
	return n > 4 && (memcmp(s, "=?", 2) == 0 || memcmp(s + n - 2, "?=", 2) == 0);
}
