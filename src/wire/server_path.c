/* SPDX-License-Identifier: ISC */
#include "wire/server_path.h"

#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "wire/path.h"

#define LOCAL_MAX  64 /* octets: RFC 5321 section 4.5.3.1.1 */
#define DOMAIN_MAX 255
#define LABEL_MAX  63

struct reader {
	const char *s;
	size_t n, at;
	bool utf8;
};

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_atext(char c)
{
	return is_alnum(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static char peek(const struct reader *r)
{
	return r->at < r->n ? r->s[r->at] : '\0';
}

static bool take(struct reader *r, char c)
{
	if (r->at >= r->n || r->s[r->at] != c)
		return false;
	r->at++;
	return true;
}

static bool take_utf8(struct reader *r)
{
	const char *s = r->s + r->at;
	size_t length = r->at < r->n && utf8_beyond_ascii(s, 1)
				? utf8_length(s, r->n - r->at)
				: 0;

	r->at += length;
	r->utf8 |= length > 0;
	return length > 0;
}

/* Runs of atext with single dots between them. */
static bool read_dot_string(struct reader *r)
{
	do {
		size_t start = r->at;

		while (take_utf8(r) || (is_atext(peek(r)) && take(r, peek(r))))
			;
		if (r->at == start)
			return false;
	} while (take(r, '.'));
	return true;
}

static bool read_quoted_string(struct reader *r)
{
	r->at++;
	while (!take(r, '"')) {
		if (take_utf8(r))
			continue;
		take(r, '\\');
		if (peek(r) < ' ' || peek(r) > '~')
			return false;
		r->at++;
	}
	return true;
}

static bool read_label(struct reader *r)
{
	size_t start = r->at;

	while (take_utf8(r) ||
		((is_alnum(peek(r)) || peek(r) == '-') && take(r, peek(r))))
		;
	return r->at > start && r->at - start <= LABEL_MAX && r->s[start] != '-' &&
	       r->s[r->at - 1] != '-';
}

static bool read_domain(struct reader *r)
{
	size_t start = r->at;

	if (take(r, '[')) {
		while (is_alnum(peek(r)) || (peek(r) && strchr(".:-", peek(r))))
			r->at++;
		return r->at > start + 1 && take(r, ']') && r->at - start <= DOMAIN_MAX;
	}
	do {
		if (!read_label(r))
			return false;
	} while (take(r, '.'));
	return r->at - start <= DOMAIN_MAX;
}

static bool read_mailbox(struct reader *r)
{
	size_t start = r->at, length;
	bool local = peek(r) == '"' ? read_quoted_string(r) : read_dot_string(r);

	length = r->at - start;
	if (!local || length > LOCAL_MAX)
		return false;
	if (take(r, '@'))
		return read_domain(r);
	return text_is(r->s + start, length, "postmaster");
}

enum server_path server_path_read(
	const char *s, size_t n, size_t *ret_len, bool *ret_utf8)
{
	struct reader r = { .s = s, .n = n };

	if (!take(&r, '<'))
		return SERVER_PATH_SYNTAX;
	if (peek(&r) == '@')
		return SERVER_PATH_ROUTE;
	if (peek(&r) != '>' && !read_mailbox(&r))
		return SERVER_PATH_SYNTAX;
	if (!take(&r, '>'))
		return SERVER_PATH_SYNTAX;
	*ret_len = r.at;
	*ret_utf8 = r.utf8;
	return SERVER_PATH_OK;
}

enum server_path server_path_read_lenient(
	const char *s, size_t n, size_t *ret_len, bool *ret_utf8)
{
	const char *close = n ? memchr(s, '>', n) : NULL;
	char address[PATH_LENGTH_MAX + 1];
	size_t len = close ? (size_t)(close - s) - 1 : 0;

	if (!close || *s != '<' || len >= sizeof(address))
		return SERVER_PATH_SYNTAX;
	if (s[1] == '@')
		return SERVER_PATH_ROUTE;
	memcpy(address, s + 1, len);
	address[len] = '\0';
	if (!path_is_safe(address) || strchr(address, '<')) /* no envelope takes that */
		return SERVER_PATH_SYNTAX;
	*ret_len = len + 2;
	*ret_utf8 = utf8_beyond_ascii(address, len);
	return SERVER_PATH_OK;
}
