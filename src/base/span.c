/* SPDX-License-Identifier: ISC */
#include "base/span.h"

#include "base/num.h"

static void drop(struct span *s, size_t n)
{
	s->at += n;
	s->len -= n;
}

bool span_skip(struct span *s, const char *word)
{
	size_t n = strlen(word);

	if (s->len < n || memcmp(s->at, word, n) != 0)
		return false;
	drop(s, n);
	return true;
}

bool span_until(struct span *s, char stop, struct span *ret)
{
	const char *end = s->len ? memchr(s->at, stop, s->len) : NULL;
	size_t n = end ? (size_t)(end - s->at) : 0;

	if (!end || memchr(s->at, '\n', n))
		return false;
	*ret = (struct span){ s->at, n };
	drop(s, n + 1);
	return true;
}

bool span_number(struct span *s, char stop, uint64_t max, uint64_t *ret)
{
	struct span rest = *s, digits;

	if (!span_until(&rest, stop, &digits) ||
		num_parse(digits.at, digits.len, max, ret) < 0)
		return false;
	*s = rest;
	return true;
}

int span_find(struct span s, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (s.len == strlen(names[i]) && memcmp(s.at, names[i], s.len) == 0)
			return (int)i;
	}
	return -1;
}
