/* SPDX-License-Identifier: ISC */
#include "courier/text_field.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/utf8.h"
#include "mail/field_writer.h"
#include "mail/token.h"

/* Fields that programs read: words in them are never encoded for their length alone. */
static bool is_structured(const struct header_field *field)
{
	static const char *const starts[] = { "ARC-", "Authentication-Results",
		"Content-", "DKIM-", "DomainKey-", "In-Reply-To", "List-", "Message-ID",
		"Received", "References", "Resent-Message-ID" };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (text_starts(field->start, field->name_len, starts[i]))
			return true;
	}
	return false;
}

static bool has_parameters(const struct header_field *field)
{
	return header_is(field, "Content-Type") ||
	       header_is(field, "Content-Disposition");
}

/* A word that is too long for a line, where blanks may stand: between msg-ids, say. */
static void add_long_word(struct field_writer *w, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		field_add(w, s + i, 1);
		if (strchr(">,;", s[i]))
			field_may_fold(w);
	}
}

static void add_words(struct field_writer *w, const struct header_field *field, bool utf8)
{
	bool structured = is_structured(field);
	const char *s = field->value, *end = s + field->value_len;

	while (s < end) {
		size_t blank = text_span(s, (size_t)(end - s), true);
		size_t word = text_span(s + blank, (size_t)(end - s) - blank, false);
		bool is_long = word > FIELD_WORD_MAX;

		field_blank(w, s, blank);
		s += blank;
		if ((!utf8 && utf8_beyond_ascii(s, word)) || (is_long && !structured))
			field_encode(w, s, word);
		else if (is_long)
			add_long_word(w, s, word);
		else
			field_add(w, s, word);
		s += word;
	}
}

/* The value of a parameter in the form of RFC 2231 section 4. */
static void add_value(struct field_writer *w, const char *s, size_t n)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	CLEANUP(buf_free) struct buf value = { 0 };

	buf_addf(&value, "%s''", utf8_valid(s, n) ? "utf-8" : "unknown-8bit");
	for (size_t i = 0; i < n; i++) {
		if (s[i] && strchr(plain, s[i]))
			buf_addc(&value, s[i]);
		else
			buf_addf(&value, "%%%02X", (unsigned char)s[i]);
	}
	field_add(w, value.data, value.len);
	w->out->failed = w->out->failed || buf_failed(&value);
}

/* "name=" and a value, in one token, or in two when the value is quoted. */
static void add_parameter(
	struct field_writer *w, const struct token *name, const struct token *quoted)
{
	const char *equals = memchr(name->at, '=', name->len);
	CLEANUP(buf_free) struct buf value = { 0 };

	if (quoted)
		token_text(quoted, &value);
	else
		buf_add(&value, equals + 1, (size_t)(name->at + name->len - equals) - 1);
	field_add(w, name->at, (size_t)(equals - name->at));
	field_add(w, "*=", 2);
	add_value(w, value.data, value.len);
	w->out->failed = w->out->failed || buf_failed(&value);
}

static bool is_ascii(const struct token *token)
{
	return !utf8_beyond_ascii(token->at, token->len);
}

/* The '=' of a token that starts a parameter, or NULL. */
static const char *find_equals(const struct token *token)
{
	const char *equals =
		token->kind == TOKEN_ATOM ? memchr(token->at, '=', token->len) : NULL;

	return equals && !utf8_beyond_ascii(token->at, (size_t)(equals - token->at))
		       ? equals
		       : NULL;
}

static void add_parameters(struct field_writer *w, const struct header_field *field)
{
	const char *at = field->value, *end = at + field->value_len;
	struct token token, next;

	while (token_next(&at, end, &token)) {
		const char *behind = at, *equals = find_equals(&token);

		if (equals && equals + 1 == at && token_next(&behind, end, &next) &&
			next.kind == TOKEN_QUOTED && !is_ascii(&next)) {
			add_parameter(w, &token, &next);
			at = behind;
		} else if (token.kind == TOKEN_BLANK) {
			field_blank(w, token.at, token.len);
		} else if (is_ascii(&token)) {
			field_add(w, token.at, token.len);
		} else if (equals) {
			add_parameter(w, &token, NULL);
		} else {
			field_encode(w, token.at, token.len);
		}
	}
}

bool text_field_add(
	const char *name, const struct header_field *field, bool utf8, struct buf *out)
{
	bool encode = !utf8 && utf8_beyond_ascii(field->value, field->value_len);
	size_t own_name = (size_t)(field->value - field->start);
	struct field_writer w;

	if (!encode && header_longest_line(field) + (name ? strlen(name) : 0) <=
			       WIREFORM_LINE_MAX) {
		buf_add(out, name ? name : field->start, name ? strlen(name) : own_name);
		buf_add(out, field->value, field->len - own_name);
		return true;
	}
	field_begin(&w, name ? name : field->start, name ? strlen(name) : own_name,
		encode ? ENCODED_LINE_MAX : WIREFORM_LINE_MAX, out);
	if (encode && has_parameters(field))
		add_parameters(&w, field);
	else
		add_words(&w, field, utf8);
	return field_end(&w);
}
