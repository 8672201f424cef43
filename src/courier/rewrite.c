/* SPDX-License-Identifier: ISC */
#include "courier/rewrite.h"

#include <string.h>

#include "base/cleanup.h"
#include "mail/address.h"
#include "mail/header.h"
#include "mail/stamp.h"

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

/* The From field FIELD; an address without a domain, as cron writes it, gets HOST. */
static void add_qualified(
	const struct header_field *field, const char *host, struct buf *out)
{
	CLEANUP(address_list_free) struct address_list list = { 0 };
	CLEANUP(buf_free) struct buf address = { 0 };

	address_list_parse(field->value, field->value_len, &list);
	if (list.count != 1 || address_domain(list.items[0].address)) {
		buf_add(out, field->start, field->len);
		return;
	}
	buf_addf(&address, "%s@%s", list.items[0].address, host);
	if (buf_cstr(&address))
		add_address_field("From", list.items[0].display, address.data, out);
	else
		out->failed = true;
}

static void copy_header(const char *host, const char *section, size_t n, struct buf *out)
{
	struct header_field field;
	bool from_seen = false;
	size_t at = 0;

	while (header_next(section, n, &at, &field)) {
		if (!from_seen && header_is(&field, "From")) {
			add_qualified(&field, host, out);
			from_seen = true;
		} else {
			buf_add(out, field.start, field.len);
		}
	}
}

void rewrite_header(const struct job *job, const char *host, const char *from,
	const char *section, size_t n, struct buf *out)
{
	bool reply_to = !has_field(section, n, "Reply-To"), from_seen = false;
	struct header_field field;
	size_t at = 0;

	add_trace(job, host, out);
	if (!*from) {
		copy_header(host, section, n, out);
		return;
	}
	while (header_next(section, n, &at, &field)) {
		if (header_is(&field, "Sender"))
			continue;
		if (!header_is(&field, "From")) {
			buf_add(out, field.start, field.len);
		} else if (from_seen) { /* one is all that RFC 5322 section 3.6 allows */
			add_renamed("X-Original-From", &field, out);
		} else {
			add_from(&field, from, reply_to, out);
			from_seen = true;
		}
	}
	if (!from_seen)
		add_address_field("From", NULL, from, out);
}
