/* SPDX-License-Identifier: ISC */
#include "mail/address.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One pass over the text; what a mailbox collects until it is complete. */
struct parser {
	const char *at;
	const char *end;
	struct buf words;   /* display name so far: words with single blanks between */
	struct buf spec;    /* the same tokens taken as an addr-spec: nothing between */
	struct buf comment; /* the last comment */
	bool adjacent;	    /* two words stood side by side: no addr-spec */
	bool word_last;	    /* the last token was a word */
	bool gap;	    /* blanks or a comment stood before this token */
	bool in_group;
	struct address_list *list;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_atom(char c)
{
	return (unsigned char)c > ' ' && c != 127 && !strchr("()<>@,;:\\\".[]", c);
}

/* Comments nest (RFC 5322 section 3.2.2). Leaves the text of the outermost in p->comment.
 */
static int parse_comment(struct parser *p)
{
	int depth = 0;

	buf_clear(&p->comment);
	for (; p->at < p->end; p->at++) {
		char c = *p->at;

		if (c == '(' && depth++ == 0)
			continue;
		if (c == ')' && --depth == 0) {
			p->at++;
			return 0;
		}
		if (c == '\\' && p->at + 1 < p->end)
			c = *++p->at;
		buf_addc(&p->comment, is_blank(c) ? ' ' : c);
	}
	return -EINVAL;
}

static int skip_blanks(struct parser *p)
{
	const char *start = p->at;

	while (p->at < p->end) {
		if (is_blank(*p->at)) {
			p->at++;
		} else if (*p->at == '(') {
			int r = parse_comment(p);

			if (r < 0)
				return r;
		} else {
			break;
		}
	}
	p->gap = p->at > start;
	return 0;
}

static void word_begin(struct parser *p)
{
	if (p->word_last)
		p->adjacent = true;
	if (p->words.len && p->gap)
		buf_addc(&p->words, ' ');
	p->word_last = true;
}

/* A quoted string keeps its quotes as part of an address and loses them as part of a
 * name. */
static int parse_quoted(struct parser *p)
{
	word_begin(p);
	buf_addc(&p->spec, '"');
	for (p->at++; p->at < p->end; p->at++) {
		char c = *p->at;

		if (c == '"') {
			p->at++;
			buf_addc(&p->spec, '"');
			return 0;
		}
		if (c == '\r' || c == '\n')
			continue;
		if (c == '\\' && p->at + 1 < p->end) {
			c = *++p->at;
			buf_addc(&p->spec, '\\');
		}
		if (((unsigned char)c < ' ' && c != '\t') || c == 127)
			return -EINVAL;
		buf_addc(&p->spec, c);
		buf_addc(&p->words, c);
	}
	return -EINVAL;
}

static void parse_atom(struct parser *p)
{
	const char *start = p->at;

	word_begin(p);
	while (p->at < p->end && is_atom(*p->at))
		p->at++;
	buf_add(&p->words, start, (size_t)(p->at - start));
	buf_add(&p->spec, start, (size_t)(p->at - start));
}

/* '.' and '@' glue words together; a domain literal stands for a word. */
static int parse_glue(struct parser *p)
{
	const char *start = p->at;

	if (*start == '[') {
		while (p->at < p->end && *p->at != ']' && (unsigned char)*p->at > ' ')
			p->at++;
		if (p->at == p->end || *p->at != ']')
			return -EINVAL;
	}
	p->at++;
	buf_add(&p->words, start, (size_t)(p->at - start));
	buf_add(&p->spec, start, (size_t)(p->at - start));
	p->word_last = false;
	return 0;
}

static void parser_clear(struct parser *p)
{
	buf_clear(&p->words);
	buf_clear(&p->spec);
	buf_clear(&p->comment);
	p->adjacent = false;
	p->word_last = false;
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

static bool spec_valid(const char *spec, size_t len)
{
	const char *domain = address_domain(spec);
	size_t local = domain ? (size_t)(domain - spec) - 1 : len;

	if (local == 0 || len > ADDRESS_MAX || memchr(spec, '\0', len))
		return false;
	if (strpbrk(spec,
		    "<>")) /* allowed within quotes, and a trap for whoever reads it next */
		return false;
	if (spec[0] != '"' && memchr(spec, '@', local))
		return false;
	return !domain || domain_valid(domain);
}

static int list_add(struct address_list *list, char *address, char *display)
{
	struct mailbox *items = list->items;

	if ((list->count & (list->count - 1)) == 0) /* grow at powers of two */
		items = reallocarray(
			items, list->count ? 2 * list->count : 1, sizeof(*items));
	if (!items) {
		free(address);
		free(display);
		return -ENOMEM;
	}
	list->items = items;
	items[list->count++] = (struct mailbox){ .address = address, .display = display };
	return 0;
}

/* Takes p->spec as the address, NAME as the display name, and starts afresh. */
static int mailbox_end(struct parser *p, struct buf *name)
{
	char *address, *display = NULL;

	if (p->adjacent || !buf_cstr(&p->spec) || !spec_valid(p->spec.data, p->spec.len))
		return buf_failed(&p->spec) ? -ENOMEM : -EINVAL;
	if (name->len) {
		display = buf_steal(name);
		if (!display)
			return -ENOMEM;
	}
	address = buf_steal(&p->spec);
	parser_clear(p);
	return list_add(p->list, address, display);
}

/* The obsolete route "@a,@b:" in front of an addr-spec is skipped (RFC 5322 section 4.4).
 */
static void skip_route(struct parser *p)
{
	const char *colon;

	if (p->at == p->end || *p->at != '@')
		return;
	colon = memchr(p->at, ':', (size_t)(p->end - p->at));
	if (colon)
		p->at = colon + 1;
}

static int parse_token(struct parser *p)
{
	if (*p->at == '"')
		return parse_quoted(p);
	if (strchr(".@[", *p->at))
		return parse_glue(p);
	if (!is_atom(*p->at))
		return -EINVAL;
	parse_atom(p);
	return 0;
}

/* "Name <addr>": the words so far are the name. */
static int parse_angle(struct parser *p)
{
	struct buf name = p->words;
	int r;

	p->words = (struct buf){ 0 };
	parser_clear(p);
	p->at++;
	r = skip_blanks(p);
	skip_route(p);
	while (r == 0 && p->at < p->end && *p->at != '>') {
		r = parse_token(p);
		if (r == 0)
			r = skip_blanks(p);
	}
	if (r == 0 && p->at == p->end)
		r = -EINVAL;
	if (r == 0) {
		p->at++;
		r = mailbox_end(p, &name);
	}
	buf_free(&name);
	return r;
}

/* The end of a mailbox that came without angle brackets; a comment behind it is its name.
 */
static int parse_bare_end(struct parser *p)
{
	if (p->spec.len == 0) {
		parser_clear(p);
		return 0;
	}
	return mailbox_end(p, &p->comment);
}

static int parse_step(struct parser *p)
{
	int r;

	switch (*p->at) {
	case '<': return parse_angle(p);
	case ':':
		if (p->in_group)
			return -EINVAL;
		p->in_group = true;
		p->at++;
		parser_clear(p);
		return 0;
	case ',':
	case ';':
		r = parse_bare_end(p);
		if (*p->at == ';')
			p->in_group = false;
		p->at++;
		return r;
	default: return parse_token(p);
	}
}

int address_list_parse(const char *s, size_t n, struct address_list *list)
{
	struct parser p = { .at = s, .end = s + n, .list = list };
	int r = skip_blanks(&p);

	while (r == 0 && p.at < p.end) {
		r = parse_step(&p);
		if (r == 0)
			r = skip_blanks(&p);
	}
	if (r == 0)
		r = parse_bare_end(&p);
	if (r == 0 && (p.words.failed || p.spec.failed || p.comment.failed))
		r = -ENOMEM;
	buf_free(&p.words);
	buf_free(&p.spec);
	buf_free(&p.comment);
	return r;
}

void address_list_free(struct address_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].address);
		free(list->items[i].display);
	}
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

/* RFC 2047 "B" encoded-words of at most 75 characters, split between UTF-8 characters. */
static void format_encoded(const char *s, struct buf *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	while (*s) {
		size_t n = strnlen(s, 42);

		if (s[n])
			while (n > 39 && ((unsigned char)s[n] & 0xc0) == 0x80)
				n--;
		buf_adds(out, "=?utf-8?B?");
		for (size_t i = 0; i < n; i += 3) {
			unsigned a = (unsigned char)s[i];
			unsigned b = i + 1 < n ? (unsigned char)s[i + 1] : 0;
			unsigned c = i + 2 < n ? (unsigned char)s[i + 2] : 0;

			buf_addc(out, digits[a >> 2]);
			buf_addc(out, digits[(a << 4 | b >> 4) & 63]);
			buf_addc(out, i + 1 < n ? digits[(b << 2 | c >> 6) & 63] : '=');
			buf_addc(out, i + 2 < n ? digits[c & 63] : '=');
		}
		buf_adds(out, "?=");
		s += n;
		if (*s)
			buf_adds(out, "\r\n ");
	}
}

static void format_quoted(const char *s, struct buf *out)
{
	buf_addc(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(out, '\\');
		buf_addc(out, (unsigned char)*s < ' ' || *s == 127 ? ' ' : *s);
	}
	buf_addc(out, '"');
}

void mailbox_format(const char *display, const char *address, struct buf *out)
{
	bool ascii = true, encoded;

	if (!display || !*display) {
		buf_adds(out, address);
		return;
	}
	for (const char *c = display; *c; c++)
		ascii = ascii && (unsigned char)*c < 0x80;
	encoded = strncmp(display, "=?", 2) == 0 &&
		  strcmp(strrchr(display, '?'), "?=") == 0;
	if (encoded && ascii && !strpbrk(display, "\r\n\"\\<>(),;:@"))
		buf_adds(out, display); /* it was an encoded-word already */
	else if (ascii)
		format_quoted(display, out);
	else
		format_encoded(display, out);
	buf_addf(out, " <%s>", address);
}
