/* SPDX-License-Identifier: ISC */
#include "base/json.h"

void json_member(struct buf *out, const char *name, const char *s)
{
	buf_addf(out, "\"%s\": \"", name);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *s >= ' ' && *s <= '~' ? *s : '?');
	}
	buf_addc(out, '"');
}
