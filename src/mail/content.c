/* SPDX-License-Identifier: ISC */
#include "mail/content.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

#define WORD_MAX (CONTENT_BOUNDARY_MAX + 1) /* a longer word is none that we know */

struct scan {
	const char *at, *end;
};

struct word {
	char text[WORD_MAX];
	size_t len; /* WORD_MAX: it was longer */
};

static void add(struct word *word, char c)
{
	if (word->len < WORD_MAX)
		word->text[word->len++] = c;
}

static bool is_word(const struct word *word, const char *name)
{
	return text_is(word->text, word->len, name);
}

/* Blanks, line ends and comments, which nest (RFC 5322 section 3.2.2). */
static void skip_space(struct scan *s)
{
	size_t depth = 0;

	for (; s->at < s->end && (depth || text_is_blank(*s->at) || *s->at == '(');
		s->at++) {
		if (*s->at == '(')
			depth++;
		else if (*s->at == ')')
			depth--;
		else if (*s->at == '\\' && s->at + 1 < s->end)
			s->at++;
	}
}

static bool skip_char(struct scan *s, char c)
{
	skip_space(s);
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

/* What stands before one of STOPS, a blank or a comment. */
static void read_token(struct scan *s, const char *stops, struct word *ret)
{
	ret->len = 0;
	skip_space(s);
	while (s->at < s->end && !text_is_blank(*s->at) && *s->at != '(' &&
		!(*s->at && strchr(stops, *s->at)))
		add(ret, *s->at++);
}

/* What stands between quotes, of which the first was read; unfolded. */
static void read_quoted(struct scan *s, struct word *ret)
{
	ret->len = 0;
	while (s->at < s->end && *s->at != '"') {
		if (*s->at == '\\' && s->at + 1 < s->end)
			s->at++;
		if (*s->at != '\r' && *s->at != '\n')
			add(ret, *s->at);
		s->at++;
	}
	skip_char(s, '"');
}

/* The next parameter. False if there is none; one that makes no sense has an empty name. */
static bool next_parameter(struct scan *s, struct word *name, struct word *value)
{
	struct word junk;

	while (!skip_char(s, ';')) {
		if (s->at == s->end)
			return false;
		if (skip_char(s, '"'))
			read_quoted(s, &junk);
		else
			s->at++;
	}
	read_token(s, ";=\"", name);
	value->len = 0;
	if (!skip_char(s, '='))
		name->len = 0;
	else if (skip_char(s, '"'))
		read_quoted(s, value);
	else
		read_token(s, ";\"", value); /* '=' and '/' happen in boundaries */
	return true;
}

static void find_boundary(struct scan *s, struct content_type *type)
{
	struct word name, value;

	while (next_parameter(s, &name, &value)) {
		if (!is_word(&name, "boundary"))
			continue;
		while (value.len > 0 && text_is_blank(value.text[value.len - 1]))
			value.len--;
		if (value.len == 0 || value.len > CONTENT_BOUNDARY_MAX)
			break;
		memcpy(type->boundary, value.text, value.len);
		type->boundary_len = value.len;
		return;
	}
	type->kind = CONTENT_UNCLEAR;
}

void content_type_parse(const char *value, size_t n, struct content_type *ret)
{
	struct scan s = { value, value + n };
	struct word type, subtype;

	ret->kind = CONTENT_TEXT;
	ret->boundary_len = 0;
	read_token(&s, "/;", &type);
	if (!skip_char(&s, '/'))
		return;
	read_token(&s, ";", &subtype);
	if (is_word(&type, "multipart")) {
		ret->kind =
			is_word(&subtype, "digest") ? CONTENT_DIGEST : CONTENT_MULTIPART;
		if (is_word(&subtype, "signed") || is_word(&subtype, "encrypted"))
			ret->kind = CONTENT_SEALED;
		else
			find_boundary(&s, ret);
	} else if (is_word(&type, "message")) {
		ret->kind = is_word(&subtype, "rfc822") || is_word(&subtype, "global")
				    ? CONTENT_MESSAGE
				    : CONTENT_REPORT;
	} else if (!is_word(&type, "text")) {
		ret->kind = CONTENT_DATA;
	}
}

enum content_encoding content_encoding_parse(const char *value, size_t n)
{
	static const struct {
		const char *name;
		enum content_encoding encoding;
	} known[] = { { "", ENCODING_7BIT }, { "7bit", ENCODING_7BIT },
		{ "8bit", ENCODING_8BIT }, { "binary", ENCODING_8BIT },
		{ "quoted-printable", ENCODING_QP }, { "base64", ENCODING_BASE64 } };
	struct scan s = { value, value + n };
	struct word word;

	read_token(&s, ";", &word);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (is_word(&word, known[i].name))
			return known[i].encoding;
	}
	return ENCODING_OTHER;
}
