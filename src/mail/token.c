/* SPDX-License-Identifier: ISC */
#include "mail/token.h"

#include <string.h>

#include "base/text.h"

static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && !text_is_blank(c)) || c == 127;
}

static bool is_atom(char c)
{
	return (unsigned char)c > ' ' && c != 127 && !strchr("()<>@,;:\\\".[]", c);
}

static const char *skip(const char *at, const char *end, bool (*wanted)(char))
{
	while (at < end && wanted(*at))
		at++;
	return at;
}

/* Behind the comment at AT; NULL if it does not end. */
static const char *comment_end(const char *at, const char *end)
{
	size_t depth = 0;

	for (; at < end; at++) {
		if (*at == '\\' && at + 1 < end)
			at++;
		else if (*at == '(')
			depth++;
		else if (*at == ')' && --depth == 0)
			return at + 1;
	}
	return NULL;
}

/* Behind the quoted string at AT; NULL if it does not end. *BAD if it holds what it may not. */
static const char *quoted_end(const char *at, const char *end, bool *bad)
{
	for (at++; at < end; at++) {
		if (*at == '"')
			return at + 1;
		if (*at == '\\' && at + 1 < end) {
			at++;
			*bad |= *at == '\r' || *at == '\n';
		}
		*bad |= is_control(*at);
	}
	return NULL;
}

/* The same for the domain literal at AT. */
static const char *literal_end(const char *at, const char *end, bool *bad)
{
	for (at++; at < end; at++) {
		if (*at == ']')
			return at + 1;
		*bad |= text_is_blank(*at) || is_control(*at);
	}
	return NULL;
}

static const char *token_end(const char *at, const char *end, enum token_kind *kind)
{
	bool bad = false;
	const char *stop = at + 1;

	if (text_is_blank(*at)) {
		*kind = TOKEN_BLANK;
		stop = skip(at, end, text_is_blank);
	} else if (is_atom(*at)) {
		*kind = TOKEN_ATOM;
		stop = skip(at, end, is_atom);
	} else if (*at == '(') {
		*kind = TOKEN_COMMENT;
		stop = comment_end(at, end);
	} else if (*at == '"') {
		*kind = TOKEN_QUOTED;
		stop = quoted_end(at, end, &bad);
	} else if (*at == '[') {
		*kind = TOKEN_LITERAL;
		stop = literal_end(at, end, &bad);
	} else {
		*kind = TOKEN_SPECIAL;
		bad = !*at || !strchr("<>@,;:.", *at);
	}
	return bad && stop ? (*kind = TOKEN_BAD, stop) : stop;
}

bool token_next(const char **at, const char *end, struct token *ret)
{
	const char *stop;

	if (*at == end)
		return false;
	ret->at = *at;
	stop = token_end(*at, end, &ret->kind);
	if (!stop) { /* what never closes spoils the rest */
		ret->kind = TOKEN_BAD;
		stop = end;
	}
	ret->len = (size_t)(stop - *at);
	*at = stop;
	return true;
}

bool token_is(const struct token *token, char c)
{
	return token->kind == TOKEN_SPECIAL && *token->at == c;
}

bool token_is_filler(const struct token *token)
{
	return token->kind == TOKEN_BLANK || token->kind == TOKEN_COMMENT;
}

bool token_is_delimiter(const struct token *token)
{
	return token_is(token, ',') || token_is(token, ';') || token_is(token, ':');
}

void token_text(const struct token *token, struct buf *out)
{
	const char *at = token->at, *end = at + token->len;

	if (token->kind != TOKEN_QUOTED && token->kind != TOKEN_COMMENT) {
		buf_add(out, at, token->len);
		return;
	}
	for (at++, end--; at < end; at++) {
		if (*at == '\r' || *at == '\n')
			continue;
		if (*at == '\\' && at + 1 < end)
			at++;
		buf_addc(out, *at);
	}
}
