/* SPDX-License-Identifier: ISC */
#include "wire/lines.h"

#include <errno.h>
#include <string.h>

ssize_t lines_next(struct lines *lines, const char *s, size_t n, bool *ret_dot)
{
	const char *lf = memchr(s, '\n', n);
	size_t text = lf ? (size_t)(lf - s) : n; /* without the LF, but with its CR */
	const char *cr = memchr(s, '\r', text);
	bool ends_in_cr = text ? s[text - 1] == '\r' : lines->after_cr;

	if ((lines->after_cr && text > 0) || (cr && cr != s + text - 1) ||
		(lf && !ends_in_cr))
		return -EINVAL;
	*ret_dot = !lines->in_line && *s == '.';
	lines->in_line = !lf;
	lines->after_cr = !lf && ends_in_cr;
	return (ssize_t)(lf ? text + 1 : text);
}
