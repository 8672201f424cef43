/* SPDX-License-Identifier: ISC */
#include "mail/address.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"

/*
 * Collects the tokens of a part: up to a delimiter outside angle brackets, or to where something
 * new begins behind them. False if they are too many or can be no part of a list.
 */
static bool collect(struct address_reader *reader, struct address_part *part)
{
	enum { BEFORE, INSIDE, BEHIND } where = BEFORE;
	bool sound = true;

	while (part->count < ADDRESS_TOKENS_MAX) {
		struct token *token = &part->tokens[part->count];
		const char *start = reader->at;

		if (!token_next(&reader->at, reader->end, token))
			return sound && where != INSIDE;
		part->count++;
		if (where != INSIDE && token_is_delimiter(token))
			return sound;
		if (where == BEHIND &&
			!token_is_filler(token)) { /* the comma was left out */
			reader->at = start;
			part->count--;
			return sound;
		}
		sound = sound && token->kind != TOKEN_BAD &&
			!token_is(token, where == INSIDE ? '<' : '>');
		if (token_is(token, '<')) {
			where = INSIDE;
			part->phrase = part->count - 1;
			part->spec = part->count;
		} else if (token_is(token, '>')) {
			where = BEHIND;
			part->spec_end = part->count - 1;
		}
	}
	return false;
}

/* The obsolete route "@a,@b:" in front of an addr-spec is skipped (RFC 5322 section 4.4). */
static size_t skip_route(const struct address_part *part)
{
	for (size_t i = part->spec; i < part->spec_end; i++) {
		if (token_is(&part->tokens[i], ':'))
			return i + 1;
	}
	return part->spec;
}

/* Finds the addr-spec, without the blanks and comments around it. */
static void locate_spec(struct address_part *part)
{
	if (part->spec == 0) { /* no angle brackets */
		part->spec_end = part->count;
		if (part->count && token_is_delimiter(&part->tokens[part->count - 1]))
			part->spec_end--;
	}
	while (part->spec < part->spec_end && token_is_filler(&part->tokens[part->spec]))
		part->spec++;
	if (part->spec < part->spec_end && token_is(&part->tokens[part->spec], '@'))
		part->spec = skip_route(part);
	while (part->spec < part->spec_end && token_is_filler(&part->tokens[part->spec]))
		part->spec++;
	while (part->spec < part->spec_end &&
		token_is_filler(&part->tokens[part->spec_end - 1]))
		part->spec_end--;
}

static bool domain_valid(const char *domain)
{
	size_t n = strlen(domain);

	if (domain[0] == '[')
		return n > 2 && domain[n - 1] == ']';
	if (n == 0 || domain[0] == '.' || domain[n - 1] == '.' || strstr(domain, ".."))
		return false;
	for (const char *c = domain; *c; c++) {
		bool known = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			     (*c >= '0' && *c <= '9') || *c == '-' || *c == '.' ||
			     *c == '_' || (unsigned char)*c >= 0x80;

		if (!known)
			return false;
	}
	return true;
}

static bool spec_valid(const char *spec)
{
	const char *domain = address_domain(spec);
	size_t local = domain ? (size_t)(domain - spec) - 1 : strlen(spec);

	if (local == 0)
		return false;
	if (strpbrk(spec,
		    "<>")) /* allowed within quotes, and a trap for whoever reads it next */
		return false;
	if (spec[0] != '"' && memchr(spec, '@', local))
		return false;
	if (!domain) /* an encoded-word is text (RFC 2047 section 5) */
		return strncmp(spec, "=?", 2) != 0 || strcmp(spec + local - 2, "?=") != 0;
	return domain_valid(domain);
}

/* Appends the token to the address, line ends left out. False if it is too long. */
static bool add_to_address(
	struct address_part *part, const struct token *token, size_t *n)
{
	for (size_t i = 0; i < token->len; i++) {
		char c = token->at[i];

		if (c == '\r' || c == '\n')
			continue;
		if (*n == ADDRESS_MAX)
			return false;
		part->address[(*n)++] = c;
	}
	part->address[*n] = '\0';
	return true;
}

/* Words with '.' and '@' between; a domain literal stands behind '@'. */
static bool read_spec(struct address_part *part)
{
	char glue = '.'; /* what the next word is glued to: '\0' is another word */
	size_t n = 0;

	for (size_t i = part->spec; i < part->spec_end; i++) {
		const struct token *token = &part->tokens[i];

		if (token_is_filler(token))
			continue;
		if (token->kind == TOKEN_SPECIAL) {
			if (!token_is(token, '.') && !token_is(token, '@'))
				return false;
			glue = *token->at;
		} else {
			if (!glue || (token->kind == TOKEN_LITERAL && glue != '@'))
				return false;
			glue = '\0';
		}
		if (!add_to_address(part, token, &n))
			return false;
	}
	return n > 0 && spec_valid(part->address);
}

static enum address_kind classify(struct address_part *part)
{
	const struct token *last = &part->tokens[part->count - 1];
	bool bare = part->spec == 0;

	locate_spec(part);
	if (bare && token_is(last, ':'))
		return part->in_group ? ADDRESS_BAD : ADDRESS_GROUP;
	if (bare && part->spec == part->spec_end)
		return ADDRESS_EMPTY;
	return !token_is(last, ':') && read_spec(part) ? ADDRESS_MAILBOX : ADDRESS_BAD;
}

bool address_next(struct address_reader *reader, struct address_part *ret)
{
	const struct token *last;
	bool sound;

	ret->count = ret->phrase = ret->spec = ret->spec_end = 0;
	ret->in_group = reader->in_group;
	ret->address[0] = '\0';
	sound = collect(reader, ret);
	if (ret->count == 0)
		return false;
	ret->kind = sound ? classify(ret) : ADDRESS_BAD;
	last = &ret->tokens[ret->count - 1];
	if (token_is(last, ':') || token_is(last, ';'))
		reader->in_group = token_is(last, ':');
	return true;
}

static int list_add(struct address_list *list, const char *address)
{
	char **items = array_room(list->items, list->count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->count] = strdup(address);
	if (!items[list->count])
		return -ENOMEM;
	list->count++;
	return 0;
}

int address_list_parse(const char *s, size_t n, struct address_list *list)
{
	struct address_reader reader = { .at = s, .end = s + n };
	struct address_part part;
	int r = 0;

	while (r == 0 && address_next(&reader, &part)) {
		if (part.kind == ADDRESS_BAD)
			r = -EINVAL;
		else if (part.kind == ADDRESS_MAILBOX)
			r = list_add(list, part.address);
	}
	return r;
}

void address_list_free(struct address_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct address_list){ 0 };
}

const char *address_domain(const char *address)
{
	const char *at = strrchr(address, '@');
	const char *quote = strrchr(address, '"');

	return at && (!quote || quote < at) ? at + 1 : NULL;
}

int address_compare(const char *a, const char *b)
{
	const char *domain_a = address_domain(a), *domain_b = address_domain(b);
	size_t length_a = domain_a ? (size_t)(domain_a - a) : strlen(a);
	size_t length_b = domain_b ? (size_t)(domain_b - b) : strlen(b);
	int order;

	if (length_a != length_b)
		return length_a < length_b ? -1 : 1;
	order = memcmp(a, b, length_a);
	if (order || (!domain_a && !domain_b))
		return order;
	return domain_a && domain_b ? strcasecmp(domain_a, domain_b)
				    : (domain_a != NULL) - (domain_b != NULL);
}

int address_equal(const char *a, const char *b)
{
	return address_compare(a, b) == 0;
}
