/* SPDX-License-Identifier: ISC */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail/header.h"
#include "mail/wireform.h"

void fuzz_fail(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

bool fuzz_is_wire_form(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool ends_line = i > 0 && s[i] == '\n' && s[i - 1] == '\r';

		if (s[i] == '\0' || (s[i] == '\n' && !ends_line) ||
			(i > 0 && s[i - 1] == '\r' && !ends_line))
			return false;
	}
	return n == 0 || s[n - 1] == '\n';
}

size_t fuzz_longest_line(const char *s, size_t n)
{
	size_t longest = 0, len = 0;

	for (size_t i = 0; i < n; i++) {
		len = s[i] == '\n' || s[i] == '\r' ? 0 : len + 1;
		if (len > longest)
			longest = len;
	}
	return longest;
}

void fuzz_section(const char *s, size_t n, struct buf *out)
{
	struct wireform wire = { 0 };
	struct header_field field;
	size_t at = 0;

	wireform_add(&wire, s, n, out);
	wireform_end(&wire, out);
	while (header_next(out->data, out->len, &at, &field))
		;
	out->len = at;
}

size_t fuzz_count_fields(const struct buf *section, const char *name)
{
	struct header_field field;
	size_t at = 0, count = 0;

	while (header_next(section->data, section->len, &at, &field))
		count += header_is(&field, name);
	return count;
}

bool fuzz_same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}
