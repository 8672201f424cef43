/* SPDX-License-Identifier: ISC */
#include "courier/rewrite.h"

#include <string.h>

#include "base/cleanup.h"
#include "mail/address.h"
#include "mail/header.h"
#include "mail/stamp.h"

#define QUALIFIED_MAX 1000 /* addresses of one message that get a domain */

bool rewrite_section(const char *s, size_t n, bool whole, size_t *ret)
{
	struct header_field field;
	size_t at = 0;

	while (header_next(s, n, &at, &field))
		;
	if (!whole && (at == n || !memchr(s + at, '\n', n - at)))
		return false;
	*ret = at;
	return true;
}

static void add_trace(const struct job *job, const char *host, struct buf *out)
{
	buf_addf(out, "Received: by %s (mailchute, from userid %u)\r\n\tid %s; ", host,
		(unsigned)job->uid, job->id);
	stamp_date((time_t)(job->arrived_ms / 1000), out);
	buf_adds(out, "\r\n");
}

static void add_address_field(
	const char *name, const char *display, const char *address, struct buf *out)
{
	buf_addf(out, "%s: ", name);
	mailbox_format(display, address, out);
	buf_adds(out, "\r\n");
}

/* The field under another name. */
static void add_renamed(
	const char *name, const struct header_field *field, struct buf *out)
{
	buf_addf(out, "%s:", name);
	buf_add(out, field->value, field->len - (size_t)(field->value - field->start));
}

static bool has_field(const char *section, size_t n, const char *name)
{
	struct header_field field;
	size_t at = 0;

	while (header_next(section, n, &at, &field)) {
		if (header_is(&field, name))
			return true;
	}
	return false;
}

/* The From field FIELD, in the name of FROM; with a Reply-To if REPLY_TO. */
static void add_from(const struct header_field *field, const char *from, bool reply_to,
	struct buf *out)
{
	CLEANUP(address_list_free) struct address_list list = { 0 };
	const struct mailbox *first;
	int r = address_list_parse(field->value, field->value_len, &list);

	first = list.count ? &list.items[0] : NULL;
	if (r == 0 && list.count == 1 && address_equal(first->address, from)) {
		buf_add(out, field->start, field->len);
		return;
	}
	add_address_field("From", first ? first->display : NULL, from, out);
	add_renamed("X-Original-From", field, out);
	if (reply_to && first && address_domain(first->address))
		add_address_field("Reply-To", first->display, first->address, out);
}

/* The fields whose addresses get a domain (RFC 5322 section 3.6). */
static bool has_addresses(const struct header_field *field)
{
	static const char *const names[] = { "From", "Sender", "Reply-To", "To", "Cc",
		"Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (header_is(field, names[i]))
			return true;
	}
	return false;
}

static size_t count_unqualified(const struct address_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++)
		n += !address_domain(list->items[i].address);
	return n;
}

/*
 * The field with HOST as the domain of addresses that have none, as cron writes them; as it stands
 * if there are none, if it is no list of addresses, or if there are more of them than *BUDGET: no
 * message may grow without bound.
 */
static void add_qualified(const struct header_field *field, const char *host,
	size_t *budget, struct buf *out)
{
	CLEANUP(address_list_free) struct address_list list = { 0 };
	int r = address_list_parse(field->value, field->value_len, &list);
	size_t unqualified = count_unqualified(&list);

	if (r < 0 || unqualified == 0 || unqualified > *budget) {
		buf_add(out, field->start, field->len);
		return;
	}
	*budget -= unqualified;
	buf_add(out, field->start, field->name_len);
	buf_adds(out, ": ");
	for (size_t i = 0; i < list.count; i++) {
		const struct mailbox *m = &list.items[i];
		CLEANUP(buf_free) struct buf address = { 0 };

		buf_adds(&address, m->address);
		if (!address_domain(m->address))
			buf_addf(&address, "@%s", host);
		buf_adds(out, i ? ",\r\n\t" : "");
		if (buf_cstr(&address))
			mailbox_format(m->display, address.data, out);
		else
			out->failed = true;
	}
	buf_adds(out, "\r\n");
}

void rewrite_header(const struct job *job, const char *host, const char *from,
	const char *section, size_t n, struct buf *out)
{
	bool reply_to = !has_field(section, n, "Reply-To"), from_seen = false;
	size_t at = 0, budget = QUALIFIED_MAX;
	struct header_field field;

	add_trace(job, host, out);
	while (header_next(section, n, &at, &field)) {
		bool is_from = header_is(&field, "From");

		if (*from && header_is(&field, "Sender"))
			continue;
		if (*from && is_from && from_seen) /* RFC 5322 section 3.6 allows one */
			add_renamed("X-Original-From", &field, out);
		else if (*from && is_from)
			add_from(&field, from, reply_to, out);
		else if (has_addresses(&field))
			add_qualified(&field, host, &budget, out);
		else
			buf_add(out, field.start, field.len);
		from_seen = from_seen || is_from;
	}
	if (*from && !from_seen)
		add_address_field("From", NULL, from, out);
}
