/* SPDX-License-Identifier: ISC */
#include "token/query.h"

#include <string.h>

#define QUERY_END "# \t\r\n"

/* The value of a digit, or -1. */
static int hex(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)((at - digits) % 16) : -1;
}

/* The next character, which *AT goes behind; or -1. */
static int decode(const char **at)
{
	const char *s = *at;
	int high, low;

	*at = s + 1;
	if (*s == '+')
		return ' ';
	if (*s != '%')
		return (unsigned char)*s;
	high = hex(s[1]);
	low = high < 0 ? -1 : hex(s[2]);
	*at = s + 3;
	return low < 0 ? -1 : high * 16 + low;
}

/* Where the value of NAME starts, or NULL. */
static const char *find(const char *text, const char *name)
{
	size_t length = strlen(name);
	const char *at = text + strcspn(text, "?\r\n");

	if (*at != '?')
		return NULL;
	for (at++; strncmp(at, name, length) != 0 || at[length] != '='; at++) {
		at += strcspn(at, "&" QUERY_END);
		if (*at != '&')
			return NULL;
	}
	return at + length + 1;
}

bool query_value(const char *text, const char *name, char *to, size_t size)
{
	const char *at = find(text, name);
	size_t n = 0;

	while (at && *at && !strchr("&" QUERY_END, *at)) {
		int c = decode(&at);

		if (c < ' ' || c > '~' || n + 1 >= size)
			return false;
		to[n++] = (char)c;
	}
	to[n] = '\0';
	return n > 0;
}
