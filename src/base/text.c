/* SPDX-License-Identifier: ISC */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void text_printable(char *to, size_t size, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n && i + 1 < size; i++)
		to[i] = s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
	if (size)
		to[i] = '\0';
}

bool text_is(const char *s, size_t n, const char *word)
{
	return n == strlen(word) && strncasecmp(s, word, n) == 0;
}

bool text_starts(const char *s, size_t n, const char *word)
{
	return n >= strlen(word) && strncasecmp(s, word, strlen(word)) == 0;
}

const char *text_list_next(const char **at, size_t *ret_n)
{
	const char *item = *at + strspn(*at, ", \t");
	size_t n = strcspn(item, ",");

	*at = item + n;
	while (n > 0 && (item[n - 1] == ' ' || item[n - 1] == '\t'))
		n--;
	*ret_n = n;
	return n ? item : NULL;
}

bool text_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

size_t text_span(const char *s, size_t n, bool blank)
{
	size_t i = 0;

	while (i < n && text_is_blank(s[i]) == blank)
		i++;
	return i;
}

void text_wipe(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}
