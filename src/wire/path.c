/* SPDX-License-Identifier: ISC */
#include "wire/path.h"

#include <string.h>

bool path_is_safe(const char *address)
{
	bool quoted = false;

	for (const char *p = address; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < ' ' || c == 0x7f)
			return false;
		if (c == '\\' && quoted) {
			if (p[1] < ' ' || p[1] > '~')
				return false;
			p++;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (!quoted && (c == ' ' || c == '<' || c == '>')) {
			return false;
		}
	}
	return !quoted && strlen(address) <= PATH_LENGTH_MAX;
}
