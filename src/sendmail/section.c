/* SPDX-License-Identifier: ISC */
#include "sendmail/section.h"

#include <string.h>

#include "mail/header.h"

/* Mailboxes put "From sender date" in front of a message; quoted once more as ">From ". */
static bool is_mbox_line(const char *line, size_t n)
{
	while (n > 0 && *line == '>') {
		line++;
		n--;
	}
	return n >= 5 && memcmp(line, "From ", 5) == 0;
}

bool section_take(struct buf *pending, size_t *searched, struct buf *header)
{
	size_t at = 0, skip = *searched;
	bool complete = false;

	while (at < pending->len) {
		const char *line = pending->data + at;
		const char *lf = memchr(line + skip, '\n', pending->len - at - skip);
		size_t len = lf ? (size_t)(lf - line) - 1 : pending->len - at;
		enum header_line kind = header_line_kind(line, len, lf != NULL);

		skip = 0;
		if (header->len == 0 && is_mbox_line(line, len)) {
			if (!lf)
				break;
			at += len + 2;
			continue;
		}
		if (kind == HEADER_LINE_CONTINUATION && header->len == 0)
			kind = HEADER_LINE_BODY;
		complete = kind == HEADER_LINE_EMPTY || kind == HEADER_LINE_BODY;
		if (kind == HEADER_LINE_EMPTY)
			at += 2;
		if (complete || !lf)
			break;
		buf_add(header, line, len + 2);
		at += len + 2;
	}
	buf_consume(pending, at);
	*searched = pending->len;
	return complete;
}
