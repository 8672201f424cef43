/* SPDX-License-Identifier: ISC */
#include "mail/aliases_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "mail/address.h"

#define SHOWN_MAX 60 /* octets of what the file says, in a fault */

struct parser {
	const char *at; /* LINE is the number of this place's line */
	unsigned line;
	const struct local *local;
	struct aliases *aliases;
	size_t targets; /* of all aliases so far */
	struct alias_faults *faults;
};

void alias_fault(struct alias_faults *faults, unsigned line, const char *text, size_t n,
	const char *format, ...)
{
	char shown[SHOWN_MAX];
	va_list ap;

	if (++faults->count > ALIASES_FAULTS_MAX)
		return;
	text_printable(shown, sizeof(shown), text, n);
	buf_addf(faults->out, "%s:%u: %s: ", faults->path, line, shown);
	va_start(ap, format);
	buf_vaddf(faults->out, format, ap);
	va_end(ap);
	buf_addc(faults->out, '\n');
}

/* The number of the line at TO, which is not before what was asked for last. */
static unsigned line_of(struct parser *p, const char *to)
{
	for (; p->at < to; p->at++)
		p->line += *p->at == '\n';
	return p->line;
}

static const char *skip_blanks(const char *s, const char *end)
{
	while (s < end && text_is_blank(*s))
		s++;
	return s;
}

static const char *trim_end(const char *s, const char *end)
{
	while (end > s && text_is_blank(end[-1]))
		end--;
	return end;
}

/* Lines whose first word starts with '#' become blank ones, so that no value can take them in. */
static void blank_comments(char *text, size_t n)
{
	char *end = text + n;

	while (text < end) {
		char *lf = memchr(text, '\n', (size_t)(end - text));
		char *stop = lf ? lf : end;
		char *word = text + strspn(text, " \t");

		if (word < stop && *word == '#')
			memset(text, ' ', (size_t)(stop - text));
		text = lf ? lf + 1 : end;
	}
}

/* Where the alias that starts at S ends: lines that start with a blank, or are empty, go on. */
static const char *alias_end(const char *s, const char *end)
{
	while (s < end) {
		const char *lf = memchr(s, '\n', (size_t)(end - s));

		if (!lf)
			break;
		s = lf + 1;
		if (s < end && !text_is_blank(*s))
			return s;
	}
	return end;
}

/* The first of STOPS that is not within quotes, a comment or a domain literal, or END. */
static const char *find_outside(const char *s, const char *end, const char *stops)
{
	struct token token;

	while (token_next(&s, end, &token)) {
		if (token.kind == TOKEN_SPECIAL && strchr(stops, *token.at))
			return token.at;
	}
	return end;
}

/* The one address in the text: 0 and *RET, or -EINVAL or -ENOMEM. */
static int parse_address(const char *s, size_t n, char **ret)
{
	CLEANUP(address_list_free) struct address_list list = { 0 };
	int r;

	if (find_outside(s, s + n, ":;") != s + n)
		return -EINVAL;
	r = address_list_parse(s, n, &list);
	if (r < 0)
		return r;
	if (list.count != 1)
		return -EINVAL;
	*ret = steal_pointer(&list.items[0]);
	return 0;
}

/* Why a target is none that mail is sent to, or NULL if it may be one. */
static const char *refusal(const char *s, size_t n)
{
	bool quoted = n > 1 && *s == '"';

	s += quoted;
	n -= quoted;
	if (*s == '|')
		return "mail is not given to programs; write an address";
	if (*s == '/')
		return "mail is not written to files; write an address";
	if (text_starts(s, n, ":include:"))
		return "no other file is read; write its addresses here";
	return NULL;
}

static bool is_own_name(
	const struct parser *p, const struct alias *alias, const char *address)
{
	char name[LOCAL_NAME_SIZE];

	return local_name(p->local, address, name) && strcmp(name, alias->name) == 0;
}

static int add_target(struct alias *alias, char *target)
{
	char **grown = array_room(alias->targets, alias->count, sizeof(*grown));

	if (!grown) {
		free(target);
		return -ENOMEM;
	}
	alias->targets = grown;
	grown[alias->count++] = target;
	return 0;
}

/* An address that was read. One that is the alias itself means the user of that name. */
static int take_address(
	struct parser *p, struct alias *alias, bool backslash, const char *address)
{
	const char *final = "";
	char *target;

	if (is_own_name(p, alias, address) || (backslash && !address_domain(address)))
		final = "\\";
	if (asprintf(&target, "%s%s", final, address) < 0)
		return -ENOMEM;
	p->targets++;
	return add_target(alias, target);
}

static int parse_target(
	struct parser *p, struct alias *alias, const char *s, const char *end)
{
	size_t n = (size_t)(end - s);
	const char *refused = refusal(s, n);
	CLEANUP_FREE char *address = NULL;
	bool backslash = *s == '\\';
	int r;

	if (refused) {
		alias_fault(p->faults, line_of(p, s), s, n, "%s", refused);
		return 0;
	}
	r = parse_address(s + backslash, n - backslash, &address);
	if (r == -EINVAL)
		alias_fault(p->faults, line_of(p, s), s, n,
			"this is not one address; put commas between addresses, "
			"comments into lines of their own, and no blank before "
			"the next alias");
	if (r < 0)
		return r == -EINVAL ? 0 : r;
	if (p->targets < ALIASES_TARGETS_MAX)
		return take_address(p, alias, backslash, address);
	alias_fault(p->faults, line_of(p, s), s, n,
		"there are over %d addresses before it; this one gets nothing",
		ALIASES_TARGETS_MAX);
	return 0;
}

static int parse_targets(
	struct parser *p, struct alias *alias, const char *s, const char *end)
{
	int r = 0;

	while (r == 0 && s < end) {
		const char *comma = find_outside(s, end, ",");

		s = skip_blanks(s, comma);
		if (s < comma)
			r = parse_target(p, alias, s, trim_end(s, comma));
		s = comma < end ? comma + 1 : end;
	}
	return r;
}

/* 0 and *RET; -EINVAL (told); -ENOMEM. */
static int parse_name(struct parser *p, const char *s, const char *end, char **ret)
{
	CLEANUP_FREE char *address = NULL;
	char name[LOCAL_NAME_SIZE];
	int r = parse_address(s, (size_t)(end - s), &address);

	if (r == 0 && !local_name(p->local, address, name))
		r = -EINVAL;
	if (r == 0) {
		*ret = strdup(name);
		return *ret ? 0 : -ENOMEM;
	}
	if (r == -EINVAL)
		alias_fault(p->faults, line_of(p, s), s, (size_t)(end - s),
			"this is not the name of a local user; write it without a "
			"domain, and put quotes around odd characters");
	return r;
}

static int new_alias(struct aliases *aliases, char *name, unsigned line)
{
	struct alias *grown = array_room(aliases->items, aliases->count, sizeof(*grown));

	if (!grown) {
		free(name);
		return -ENOMEM;
	}
	aliases->items = grown;
	grown[aliases->count++] = (struct alias){ .name = name, .line = line };
	return 0;
}

static int parse_alias(struct parser *p, const char *s, const char *end)
{
	const char *colon;
	char *name;
	int r;

	s = skip_blanks(s, end);
	end = trim_end(s, end);
	if (s == end)
		return 0;
	colon = find_outside(s, end, ":");
	if (colon == end) {
		alias_fault(p->faults, line_of(p, s), s, (size_t)(end - s),
			"there is no colon; an alias is written name: address");
		return 0;
	}
	r = parse_name(p, s, trim_end(s, colon), &name);
	if (r < 0)
		return r == -EINVAL ? 0 : r;
	r = new_alias(p->aliases, name, line_of(p, s));
	if (r < 0)
		return r;
	return parse_targets(
		p, &p->aliases->items[p->aliases->count - 1], colon + 1, end);
}

int aliases_text_parse(char *text, size_t n, const struct local *local,
	struct aliases *ret, struct alias_faults *faults)
{
	struct parser p = {
		.at = text, .line = 1, .local = local, .aliases = ret, .faults = faults
	};
	const char *s = text, *end = text + n;
	int r = 0;

	blank_comments(text, n);
	while (r == 0 && s < end) {
		const char *stop = alias_end(s, end);

		r = parse_alias(&p, s, stop);
		s = stop;
	}
	return r;
}
