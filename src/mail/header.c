/* SPDX-License-Identifier: ISC */
#include "mail/header.h"

#include <string.h>

#include "base/text.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Octets of a field name (RFC 5322 section 3.6.8: printable, no colon) at the start of LINE. */
static size_t name_length(const char *line, size_t n)
{
	size_t i = 0;

	while (i < n && line[i] > ' ' && line[i] <= '~' && line[i] != ':')
		i++;
	return i;
}

enum header_line header_line_kind(const char *line, size_t n, bool whole)
{
	size_t name, colon;

	if (n == 0)
		return whole ? HEADER_LINE_EMPTY : HEADER_LINE_UNKNOWN;
	if (is_blank(line[0]))
		return HEADER_LINE_CONTINUATION;
	name = colon = name_length(line, n);
	while (colon < n &&
		is_blank(line[colon])) /* RFC 5322 section 4.5: blanks before it */
		colon++;
	if (name == 0 || colon > HEADER_NAME_MAX)
		return HEADER_LINE_BODY;
	if (colon < n)
		return line[colon] == ':' ? HEADER_LINE_FIELD : HEADER_LINE_BODY;
	return whole ? HEADER_LINE_BODY : HEADER_LINE_UNKNOWN;
}

/* Octets up to and with the next LF. */
static size_t line_length(const char *s, size_t n)
{
	const char *lf = memchr(s, '\n', n);

	return lf ? (size_t)(lf - s) + 1 : n;
}

/* Octets of a line without its line end. */
static size_t bare_length(const char *line, size_t len)
{
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	return len;
}

bool header_next(const char *section, size_t n, size_t *at, struct header_field *ret)
{
	size_t left = n - *at, len;
	const char *start;

	if (left == 0)
		return false;
	start = section + *at;
	len = line_length(start, left);
	if (header_line_kind(start, bare_length(start, len), true) != HEADER_LINE_FIELD)
		return false;
	while (len < left && is_blank(start[len]))
		len += line_length(start + len, left - len);
	ret->start = start;
	ret->len = len;
	ret->name_len = name_length(start, len);
	ret->value = (const char *)memchr(start, ':', len) + 1;
	ret->value_len = bare_length(start, len) - (size_t)(ret->value - start);
	*at += len;
	return true;
}

bool header_is(const struct header_field *field, const char *name)
{
	return text_is(field->start, field->name_len, name);
}

size_t header_longest_line(const struct header_field *field)
{
	size_t longest = 0;

	for (size_t at = 0, len; at < field->len; at += len) {
		len = line_length(field->start + at, field->len - at);
		if (bare_length(field->start + at, len) > longest)
			longest = bare_length(field->start + at, len);
	}
	return longest;
}
