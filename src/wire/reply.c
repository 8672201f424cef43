/* SPDX-License-Identifier: ISC */
#include "wire/reply.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The code at the start of LINE, or -EBADMSG. */
static int parse_code(const char *line, size_t n)
{
	if (n < 3 || line[0] < '2' || line[0] > '5' || !is_digit(line[1]) ||
		!is_digit(line[2]) || (n > 3 && line[3] != ' ' && line[3] != '-'))
		return -EBADMSG;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/* Octets of ".ddd" (one to three digits) at the start of S, or 0. */
static size_t subject_length(const char *s, size_t n)
{
	size_t i = 1;

	if (n < 2 || s[0] != '.')
		return 0;
	while (i < n && i < 4 && is_digit(s[i]))
		i++;
	return i > 1 ? i : 0;
}

/* Octets of an enhanced code (RFC 3463 section 2) of the code's class at the start of S, or 0. */
static size_t enhanced_length(int code, const char *s, size_t n)
{
	size_t subject, detail, all;

	if (code / 100 == 3 || n < 5 || s[0] - '0' != code / 100)
		return 0;
	subject = subject_length(s + 1, n - 1);
	detail = subject ? subject_length(s + 1 + subject, n - 1 - subject) : 0;
	all = 1 + subject + detail;
	return detail && (all == n || s[all] == ' ') ? all : 0;
}

int reply_add(struct reply *reply, const char *line, size_t n)
{
	int code = parse_code(line, n);
	size_t skip = n > 3 ? 4 : 3, enhanced, room = sizeof(reply->text) - reply->len;

	if (code < 0 || (reply->lines && code != reply->code) ||
		reply->lines == REPLY_LINES_MAX)
		return -EBADMSG;
	enhanced = enhanced_length(code, line + skip, n - skip);
	if (enhanced && !*reply->enhanced)
		text_printable(
			reply->enhanced, sizeof(reply->enhanced), line + skip, enhanced);
	skip += enhanced;
	if (enhanced && skip < n)
		skip++;
	if (n - skip + 2 > room)
		return -EBADMSG;
	if (reply->lines++)
		reply->text[reply->len++] = '\n';
	text_printable(reply->text + reply->len, room - 1, line + skip, n - skip);
	reply->len += n - skip;
	reply->code = code;
	return n > 3 && line[3] == '-' ? 0 : 1;
}

int reply_read(struct stream *s, struct reply *ret)
{
	int r;

	memset(ret, 0, sizeof(*ret));
	do {
		const char *line;
		size_t n;

		r = stream_read_line(s, REPLY_LINE_MAX, &line, &n);
		if (r == 0)
			r = line ? reply_add(ret, line, n) : -ECONNRESET;
	} while (r == 0);
	return r < 0 ? r : 0;
}

void reply_sentence(const struct reply *reply, char *to, size_t size)
{
	size_t n = reply->len < size ? reply->len : size - 1;

	for (size_t i = 0; i < n; i++)
		to[i] = reply->text[i] == '\n' ? ' ' : reply->text[i];
	to[n] = '\0';
}
