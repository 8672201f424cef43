/* SPDX-License-Identifier: ISC */
#include "flusher/notice.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/text.h"
#include "mail/dsn.h"
#include "mail/header.h"
#include "mail/spool.h"
#include "mail/wireform.h"

#define SECTION_MAX 65536 /* octets of a header section that are looked at and returned */
#define WHOLE_MAX   65536 /* a message up to so many is returned whole */
#define FULL_MAX    (1u << 20) /* and up to so many when its sender asked for that */

struct notice_budget *notice_budget_of(struct notice_budget *budgets, uint32_t uid)
{
	return &budgets[uid == 0 ? 0 : 1 + uid % (NOTICE_BUDGETS - 1)];
}

bool notice_allowed(struct notice_budget *b, int64_t now_ms)
{
	unsigned back = (unsigned)((now_ms - b->since_ms) / NOTICE_REFILL_MS);

	if (b->spent == 0 || back >= b->spent) {
		b->spent = 0;
		b->since_ms = now_ms;
	} else {
		b->spent -= back;
		b->since_ms += (int64_t)back * NOTICE_REFILL_MS;
	}
	if (b->spent >= NOTICE_BURST)
		return false;
	b->spent++;
	return true;
}

/* The first N octets of the message, or all of it. 0 or -errno. */
static int read_message(const struct delivery *d, size_t n, struct buf *to)
{
	char *room;
	ssize_t got;

	if (n > d->envelope.size)
		n = (size_t)d->envelope.size;
	room = buf_reserve(to, n + 1);
	if (!room)
		return -ENOMEM;
	got = io_pread_full(d->claim.fd, room, n, d->envelope.offset);
	if (got < 0)
		return (int)got;
	to->len += (size_t)got;
	return 0;
}

/* Octets of the header section at the start of the N at S: whole fields only. */
static size_t section_length(const char *s, size_t n)
{
	struct header_field field;
	size_t at = 0;

	while (header_next(s, n, &at, &field))
		;
	return at;
}

static bool value_is(const struct header_field *field, const char *word)
{
	const char *s = field->value;
	size_t n = field->value_len;

	while (n && (*s == ' ' || *s == '\t')) {
		s++;
		n--;
	}
	return text_starts(s, n, word);
}

static bool field_is_bulk(const struct header_field *field)
{
	if (header_is(field, "Precedence"))
		return value_is(field, "bulk") || value_is(field, "list") ||
		       value_is(field, "junk");
	if (header_is(field, "Auto-Submitted"))
		return !value_is(field, "no");
	return header_is(field, "List-Id");
}

bool notice_is_bulk(const struct delivery *d)
{
	CLEANUP(buf_free) struct buf start = { 0 };
	struct header_field field;
	size_t at = 0;

	if (read_message(d, SECTION_MAX, &start) < 0)
		return true;
	while (header_next(start.data, start.len, &at, &field)) {
		if (field_is_bulk(&field))
			return true;
	}
	return false;
}

/* What was too large to be sent is too large to be sent back (RFC 3463 section 3.4). */
static bool is_too_large(const struct delivery *d)
{
	for (size_t i = 0; i < d->state.count; i++) {
		const struct recipient *r = &d->state.recipients[i];

		if (r->status == RECIPIENT_FAILED && strcmp(r->enhanced, "5.3.4") == 0)
			return true;
	}
	return false;
}

static bool wants_whole(const struct delivery *d, enum bounce_kind kind)
{
	const char *parameters = d->envelope.sender.parameters;
	size_t n;

	if (kind != BOUNCE_FAILED || dsn_headers_only(parameters) || is_too_large(d))
		return false;
	return d->envelope.size <=
	       (dsn_find(parameters, "RET=", &n) ? FULL_MAX : WHOLE_MAX);
}

bool notice_concerns(
	const struct delivery *d, const struct recipient *r, enum bounce_kind kind)
{
	static const struct {
		enum recipient_status status;
		unsigned event;
	} kinds[] = {
		[BOUNCE_FAILED] = { RECIPIENT_FAILED, DSN_FAILURE },
		[BOUNCE_DELAYED] = { RECIPIENT_PENDING, DSN_DELAY },
		[BOUNCE_RELAYED] = { RECIPIENT_RELAYED, DSN_SUCCESS },
	};

	return r->status == kinds[kind].status &&
	       (dsn_events(delivery_given(d, r)->parameters) & kinds[kind].event);
}

/* Those that the report is about. *RET is allocated; NULL without memory. */
static size_t choose(
	const struct delivery *d, enum bounce_kind kind, struct bounce_recipient **ret)
{
	size_t n = 0;

	*ret = calloc(d->state.count, sizeof(**ret));
	for (size_t i = 0; *ret && i < d->state.count; i++) {
		const struct recipient *r = &d->state.recipients[i];
		const struct envelope_path *given = delivery_given(d, r);

		if (!notice_concerns(d, r, kind))
			continue;
		(*ret)[n++] = (struct bounce_recipient){
			.address = r->address,
			.given = given->address,
			.parameters = given->parameters,
			.code = r->code,
			.enhanced = r->enhanced,
			.text = r->text ? r->text : "",
		};
	}
	return n;
}

/* The report in wire form. */
static void format_message(struct bounce *bounce, const struct buf *original,
	struct wireform *wire, struct buf *out)
{
	CLEANUP(buf_free) struct buf raw = { 0 };
	char boundary[48];

	bounce_start(bounce, boundary, &raw);
	buf_add(&raw, original->data, bounce->whole ? original->len : bounce->header_len);
	bounce_end(boundary, &raw);
	if (buf_failed(&raw)) {
		out->failed = true;
		return;
	}
	wireform_add(wire, raw.data, raw.len, out); /* the original is a stranger's */
	wireform_end(wire, out);
}

static int queue(const struct store *store, const struct delivery *d,
	const struct buf *message, const struct wireform *wire, char id[SPOOL_ID_SIZE])
{
	struct envelope_path to = { .address = d->envelope.sender.address };
	struct envelope envelope = { .sender.address = (char *)"",
		.recipients = &to,
		.count = 1,
		.size = message->len,
		.eight_bit = wire->eight_bit,
		.long_lines = wire->long_lines };
	CLEANUP(buf_free) struct buf file = { 0 };
	enum drop_step step;
	struct drop drop;
	int r = drop_open(&drop, store->path);

	if (r < 0)
		return r;
	envelope_format(&envelope, &file);
	buf_add(&file, message->data, message->len);
	r = buf_failed(&file) ? -ENOMEM : io_write_all(drop.fd, file.data, file.len);
	if (r < 0) {
		drop_abort(&drop);
		return r;
	}
	r = drop_commit(&drop, &step);
	if (r == 0)
		memcpy(id, drop.id, SPOOL_ID_SIZE);
	return r;
}

int notice_send(struct delivery *d, struct store *store, const struct conf *conf,
	enum bounce_kind kind, char id[SPOOL_ID_SIZE])
{
	CLEANUP_FREE struct bounce_recipient *recipients = NULL;
	CLEANUP(buf_free) struct buf original = { 0 }, message = { 0 };
	struct wireform wire = { 0 };
	struct bounce bounce = { .kind = kind,
		.id = d->message->id,
		.host = conf->hostname,
		.provider = conf->host,
		.to = d->envelope.sender.address,
		.parameters = d->envelope.sender.parameters,
		.arrived_ms = d->claim.arrived_ms,
		.now_ms = clock_real_ms(),
		.until_ms = d->claim.arrived_ms + (int64_t)conf->expire_s * 1000,
		.whole = wants_whole(d, kind) };
	int r = read_message(
		d, bounce.whole ? (size_t)d->envelope.size : SECTION_MAX, &original);

	bounce.count = choose(d, kind, &recipients);
	if (r < 0 || !recipients)
		return r < 0 ? r : -ENOMEM;
	bounce.recipients = recipients;
	bounce.header = original.data;
	bounce.header_len = section_length(original.data, original.len);
	format_message(&bounce, &original, &wire, &message);
	return buf_failed(&message) ? -ENOMEM : queue(store, d, &message, &wire, id);
}
