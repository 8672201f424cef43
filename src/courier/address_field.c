/* SPDX-License-Identifier: ISC */
#include "courier/address_field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/utf8.h"
#include "conf/sender.h"
#include "courier/idn.h"

/* What addresses that get a domain may make of a header section. */
#define GROWTH_MAX ((size_t)2 * HEADER_MAX)

/* A field on its way out. */
struct outgoing {
	struct field_writer w;
	const struct address_rules *rules;
	bool changed;
};

bool address_needs_utf8(const char *address)
{
	CLEANUP_FREE char *ascii = NULL;

	if (!utf8_beyond_ascii(address, strlen(address)))
		return false;
	ascii = idn_address(address);
	return !ascii || utf8_beyond_ascii(ascii, strlen(ascii));
}

bool address_field_needs_utf8(const struct header_field *field)
{
	struct address_reader reader = { .at = field->value,
		.end = field->value + field->value_len };
	struct address_part part;

	if (!utf8_beyond_ascii(field->value, field->value_len))
		return false;
	while (address_next(&reader, &part)) {
		if (part.kind == ADDRESS_MAILBOX && address_domain(part.address) &&
			address_needs_utf8(part.address))
			return true;
	}
	return false;
}

/* True if the octets are beyond what may go out. */
static bool to_encode(const struct outgoing *o, const char *s, size_t n)
{
	return !o->rules->utf8 && utf8_beyond_ascii(s, n);
}

static void encode_tokens(struct outgoing *o, const struct token *token, size_t count)
{
	CLEANUP(buf_free) struct buf text = { 0 };

	for (size_t i = 0; i < count; i++)
		token_text(&token[i], &text);
	field_encode(&o->w, text.data, text.len);
	o->w.out->failed = o->w.out->failed || buf_failed(&text);
	o->changed = true;
}

static bool has_long_word(const struct token *token)
{
	const char *s = token->at;
	size_t left = token->len;

	while (left > 0) {
		size_t word = text_span(s, left, false), n;

		if (word > FIELD_WORD_MAX)
			return true;
		n = word + text_span(s + word, left - word, true);
		s += n;
		left -= n;
	}
	return false;
}

/* Word by word, so that it can be folded. */
static void add_comment(struct outgoing *o, const struct token *token)
{
	const char *s = token->at, *end = s + token->len;

	if (has_long_word(token) || to_encode(o, s, token->len)) {
		field_add(&o->w, "(", 1);
		encode_tokens(o, token, 1);
		field_add(&o->w, ")", 1);
		return;
	}
	while (s < end) {
		size_t word = text_span(s, (size_t)(end - s), false);
		size_t blank = text_span(s + word, (size_t)(end - s) - word, true);

		field_add(&o->w, s, word);
		if (blank && s[word - 1] == '\\') /* it is text, not a place to fold */
			field_add(&o->w, s + word, blank);
		else if (blank)
			field_blank(&o->w, s + word, blank);
		s += word + blank;
	}
}

/* How many of the tokens stand together, with no blanks or comments between. */
static size_t chunk_length(const struct token *tokens, size_t n)
{
	size_t i = 0;

	while (i < n && !token_is_filler(&tokens[i]))
		i++;
	return i;
}

/* Tokens as they are, but for what has to be encoded. */
static void add_tokens(struct outgoing *o, const struct token *tokens, size_t n)
{
	while (n > 0) {
		size_t len = chunk_length(tokens, n), octets;

		if (tokens->kind == TOKEN_BLANK) {
			field_blank(&o->w, tokens->at, tokens->len);
		} else if (tokens->kind == TOKEN_COMMENT) {
			add_comment(o, tokens);
		} else {
			octets = (size_t)(tokens[len - 1].at - tokens->at) +
				 tokens[len - 1].len;
			if (octets > FIELD_WORD_MAX || to_encode(o, tokens->at, octets))
				encode_tokens(o, tokens, len);
			else
				field_add(&o->w, tokens->at, octets);
		}
		len = len ? len : 1;
		tokens += len;
		n -= len;
	}
}

/* Blanks and comments, and no other token but those that are MARK. */
static void add_fillers(struct outgoing *o, const struct address_part *part, size_t from,
	size_t to, char mark)
{
	for (size_t i = from; i < to; i++) {
		const struct token *t = &part->tokens[i];

		if (token_is_filler(t) || token_is(t, mark))
			add_tokens(o, t, 1);
	}
}

/* An address with octets beyond ASCII: at least its domain can do without. */
static void add_ascii_domain(struct outgoing *o, const char *address)
{
	CLEANUP_FREE char *ascii = idn_address(address);

	if (!ascii) {
		o->w.out->failed = true;
		return;
	}
	field_add(&o->w, ascii, strlen(ascii));
	o->changed = o->changed || strcmp(ascii, address) != 0;
}

static void add_spec(struct outgoing *o, const struct address_part *part)
{
	if (utf8_beyond_ascii(part->address, strlen(part->address)))
		add_ascii_domain(o, part->address);
	else
		add_tokens(o, part->tokens + part->spec, part->spec_end - part->spec);
	if (!address_domain(part->address) && o->w.out->len < GROWTH_MAX) {
		field_add(&o->w, "@", 1);
		field_add(&o->w, o->rules->host, strlen(o->rules->host));
		o->changed = true;
	}
}

/*
 * A mailbox that servers without SMTPUTF8 do not take is shown, but is no mailbox any more: it
 * becomes a group without members, or within a group, where no other may stand, a comment.
 */
static void add_shown(struct outgoing *o, const struct address_part *part)
{
	size_t blank = part->phrase && part->tokens->kind == TOKEN_BLANK;

	add_fillers(o, part, part->phrase, part->spec, '\0');
	if (part->in_group) {
		field_blank(&o->w, " ", 1);
		field_add(&o->w, "(", 1);
		encode_tokens(o, part->tokens + blank, part->phrase - blank);
		field_encode(&o->w, part->address, strlen(part->address));
		field_add(&o->w, ")", 1);
	} else {
		add_tokens(o, part->tokens, part->phrase);
		field_blank(&o->w, " ", 1);
		field_encode(&o->w, part->address, strlen(part->address));
		field_blank(&o->w, " ", 1);
		field_add(&o->w, ":;", 2);
	}
	o->changed = true;
}

const char *address_qualified(
	const char *address, const char *host, char to[ADDRESS_MAX + 1])
{
	const char *at = address_domain(address) ? "" : "@";
	CLEANUP_FREE char *ascii = idn_address(address);
	int n = snprintf(to, ADDRESS_MAX + 1, "%s%s%s", ascii ? ascii : address, at,
		*at ? host : "");

	return n > ADDRESS_MAX ? address : to;
}

/* What the map makes of it, in TO, or NULL if that is nothing else. */
static const char *mapped(
	const struct outgoing *o, const char *address, char to[ADDRESS_MAX + 1])
{
	char full[ADDRESS_MAX + 1];
	const char *from = address_qualified(address, o->rules->host, full);

	return o->rules->map && sender_map(o->rules->map, from, to) != from ? to : NULL;
}

/* A mailbox without its delimiter; with ADDRESS in place of its own, unless that is NULL. */
static void add_mailbox(
	struct outgoing *o, const struct address_part *part, const char *address)
{
	char to[ADDRESS_MAX + 1];
	bool shown;
	size_t end = part->count - token_is_delimiter(&part->tokens[part->count - 1]);

	if (!address) {
		address = mapped(o, part->address, to);
		o->changed = o->changed || address;
	}
	shown = !o->rules->utf8 && address_needs_utf8(address ? address : part->address);
	if (shown) {
		add_shown(o, part);
	} else {
		add_tokens(o, part->tokens, part->phrase);
		add_fillers(o, part, part->phrase, part->spec, '<');
		if (address)
			field_add(&o->w, address, strlen(address));
		else
			add_spec(o, part);
	}
	add_fillers(o, part, part->spec_end, end, shown ? '\0' : '>');
}

static void add_part(struct outgoing *o, const struct address_part *part)
{
	const struct token *last = &part->tokens[part->count - 1];
	bool delimited = token_is_delimiter(last);

	field_may_fold(&o->w);
	if (part->kind == ADDRESS_MAILBOX)
		add_mailbox(o, part, NULL);
	else
		add_tokens(o, part->tokens, part->count - delimited);
	if (delimited)
		field_add(&o->w, last->at, last->len);
}

bool address_field_add(const struct header_field *field,
	const struct address_rules *rules, struct buf *out)
{
	struct address_reader reader = { .at = field->value,
		.end = field->value + field->value_len };
	bool encode = !rules->utf8 && utf8_beyond_ascii(field->start, field->len);
	struct outgoing o = { .rules = rules };
	struct address_part part;
	size_t start = out->len;
	bool fits;

	field_begin(&o.w, field->start, (size_t)(field->value - field->start),
		encode ? ENCODED_LINE_MAX : WIREFORM_LINE_MAX, out);
	while (address_next(&reader, &part))
		add_part(&o, &part);
	fits = field_end(&o.w);
	if (!o.changed && header_longest_line(field) <= WIREFORM_LINE_MAX) {
		out->len = start;
		buf_add(out, field->start, field->len);
	}
	return fits;
}

size_t address_field_first(const struct header_field *field, struct address_part *ret)
{
	struct address_reader reader = { .at = field->value,
		.end = field->value + field->value_len };
	struct address_part part;
	bool found = false;
	size_t count = 0;

	while (address_next(&reader, &part)) {
		count += part.kind == ADDRESS_MAILBOX || part.kind == ADDRESS_BAD;
		if (!found && part.kind == ADDRESS_MAILBOX) {
			*ret = part;
			found = true;
		}
	}
	return found ? count : 0;
}

/* A name that fits into no line goes, for it is no name of anybody. */
static void add_named(struct outgoing *o, struct address_part *part, const char *address)
{
	if (part->tokens[part->phrase].at - part->tokens[0].at > WIREFORM_LINE_MAX)
		part->phrase = 0;
	field_blank(&o->w, " ", 1);
	add_mailbox(o, part, address);
}

bool address_part_add(const char *name, struct address_part *part, const char *address,
	const struct address_rules *rules, struct buf *out)
{
	struct outgoing o = { .rules = rules };

	field_begin(&o.w, name, strlen(name), WIREFORM_LINE_MAX, out);
	add_named(&o, part, address);
	return field_end(&o.w);
}

bool address_field_answers(const char *name, const struct header_field *field,
	const struct address_rules *rules, struct buf *out)
{
	struct address_reader reader = { .at = field->value,
		.end = field->value + field->value_len };
	struct outgoing o = { .rules = rules };
	struct address_part part;
	size_t start = out->len;
	bool any = false, fits;

	field_begin(&o.w, name, strlen(name), WIREFORM_LINE_MAX, out);
	while (address_next(&reader, &part)) {
		if (part.kind != ADDRESS_MAILBOX || !address_domain(part.address) ||
			(!rules->utf8 && address_needs_utf8(part.address)))
			continue;
		if (any)
			field_add(&o.w, ",", 1);
		field_may_fold(&o.w);
		add_named(&o, &part, NULL);
		any = true;
	}
	fits = field_end(&o.w);
	if (!any)
		out->len = start;
	return fits || !any;
}
