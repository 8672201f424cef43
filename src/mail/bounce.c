/* SPDX-License-Identifier: ISC */
#include "mail/bounce.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/utf8.h"
#include "mail/address.h"
#include "mail/dsn.h"
#include "mail/header.h"
#include "mail/outcome.h"
#include "mail/stamp.h"

#define EIGHT_BIT "\r\nContent-Transfer-Encoding: 8bit\r\n"

/* What differs between the kinds. */
static const struct kind {
	const char *subject;
	const char *sentence;
	const char *action; /* RFC 3464 section 2.3.3 */
	const char *status; /* when the reply named none */
} kinds[] = {
	[BOUNCE_FAILED] = { "Undelivered mail returned to sender",
		"Your message could not be delivered to the addresses below, and is not "
		"tried again.",
		"failed", "5.0.0" },
	[BOUNCE_DELAYED] = { "Delayed mail (still being tried)",
		"Your message has not been delivered to the addresses below yet. It is "
		"still\r\nbeing tried; you need not send it again.",
		"delayed", "4.0.0" },
	[BOUNCE_RELAYED] = { "Mail was passed on",
		"Your message was handed to the provider for the addresses below. The "
		"provider\r\ndoes not report whether it arrives.",
		"relayed", "2.0.0" },
};

/* Status codes (RFC 3463 section 3) in the words of people; the first digit does not matter. */
static const struct {
	const char *detail;
	const char *words;
} meanings[] = {
	{ ".1.1", "There is no such mailbox. Check the address." },
	{ ".1.2", "The domain in the address takes no mail. Check the address." },
	{ ".1.3", "The address is not well-formed." },
	{ ".1.6", "The mailbox has moved, and nobody knows where." },
	{ ".1.7", "The sender's address is not accepted." },
	{ ".1.8", "The sender's domain is not accepted." },
	{ ".1.10", "The domain in the address takes no mail at all." },
	{ ".2.1", "The mailbox is disabled." },
	{ ".2.2", "The mailbox is full." },
	{ ".2.3", "The message is larger than this mailbox takes." },
	{ ".3.4", "The message is larger than the server takes." },
	{ ".4.6", "The mail went round in a circle." },
	{ ".4.7", "It was tried for as long as mail is kept here." },
	{ ".6.7", "The server takes no addresses beyond ASCII." },
	{ ".7.1", "The server refuses it: its rules do not allow this message." },
	{ ".7.26", "The server wants the sender's domain to have SPF or DKIM." },
};

static const char *meaning(const char *enhanced)
{
	for (size_t i = 0; *enhanced && i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (strcmp(enhanced + 1, meanings[i].detail) == 0)
			return meanings[i].words;
	}
	return NULL;
}

/* Unguessable, so that the message in the report cannot end its part. */
static void draw_boundary(char boundary[48], int64_t now_ms)
{
	uint64_t random[2] = { 0, (uint64_t)now_ms };

	if (getrandom(random, sizeof(random), 0) < 0)
		random[0] = (uint64_t)(uintptr_t)&random;
	snprintf(boundary, 48, "=_%016" PRIx64 "%016" PRIx64, random[0], random[1]);
}

static void add_date(const char *name, int64_t ms, struct buf *out)
{
	stamp_date_field(name, (time_t)(ms / 1000), out);
}

/* The Message-ID of the original, so that programs file the report with it. */
static void add_reference(const struct bounce *b, struct buf *out)
{
	struct header_field field;
	size_t at = 0;

	while (header_next(b->header, b->header_len, &at, &field)) {
		if (!header_is(&field, "Message-ID") || field.value_len > 900)
			continue;
		buf_adds(out, "In-Reply-To:");
		buf_add(out, field.value, field.value_len);
		buf_adds(out, "\r\n");
		return;
	}
}

static void add_header(const struct bounce *b, const char *boundary, struct buf *out)
{
	buf_addf(out,
		"From: Mail Delivery System <MAILER-DAEMON@%s>\r\nTo: %s\r\n"
		"Subject: %s\r\n",
		b->host, b->to, kinds[b->kind].subject);
	add_date("Date", b->now_ms, out);
	buf_adds(out, "Message-ID: ");
	stamp_message_id(b->host, out);
	buf_adds(out, "\r\n");
	add_reference(b, out);
	buf_addf(out,
		"Auto-Submitted: auto-replied\r\n"
		"MIME-Version: 1.0\r\n"
		"Content-Type: multipart/report; report-type=delivery-status;\r\n"
		"\tboundary=\"%s\"\r\n\r\n",
		boundary);
}

static void add_part(const char *boundary, const char *type, struct buf *out)
{
	buf_addf(out, "--%s\r\nContent-Type: %s\r\n", boundary, type);
}

static void add_words(
	const struct bounce *b, const struct bounce_recipient *r, struct buf *out)
{
	size_t n;
	const char *said = outcome_said(r->text, &n);
	const char *words = said ? NULL : meaning(r->enhanced);

	buf_addf(out, "\r\n<%s>", r->address);
	if (strcmp(r->address, r->given) != 0)
		buf_addf(out, " (for %s)", r->given);
	buf_adds(out, ":\r\n");
	if (said)
		buf_addf(out, "    %s said: %.*s\r\n    %.*s\r\n",
			*b->provider ? b->provider : "The server", (int)n, said,
			(int)(said - r->text - (ptrdiff_t)strlen(OUTCOME_SAID)), r->text);
	else if (r->code && *b->provider)
		buf_addf(out, "    %s said: %d %s%s%s\r\n", b->provider, r->code,
			r->enhanced, *r->enhanced ? " " : "", r->text);
	else
		buf_addf(out, "    %s\r\n", *r->text ? r->text : "no reason is known");
	if (words)
		buf_addf(out, "    %s\r\n", words);
}

static void add_sentence(const struct bounce *b, struct buf *out)
{
	buf_addf(out, "This is the mail system of %s.\r\n\r\n%s\r\n", b->host,
		kinds[b->kind].sentence);
	for (size_t i = 0; i < b->count; i++)
		add_words(b, &b->recipients[i], out);
	if (b->kind == BOUNCE_DELAYED) {
		buf_adds(out, "\r\nIt is tried until ");
		stamp_date((time_t)(b->until_ms / 1000), out);
		buf_adds(out, ".\r\n");
	}
	buf_adds(out, "\r\n");
}

/* The code point of N octets of UTF-8 at S. */
static unsigned code_point(const char *s, size_t n)
{
	unsigned point = (unsigned char)*s & (n > 1 ? 0x7fu >> n : 0x7fu);

	for (size_t i = 1; i < n; i++)
		point = point << 6 | ((unsigned char)s[i] & 0x3f);
	return point;
}

/* The part is ASCII: other characters are spelled out (RFC 6533 section 3), what is none as U+FFFD. */
static void add_address(const char *address, struct buf *out)
{
	size_t left = strlen(address);

	buf_adds(out, utf8_beyond_ascii(address, left) ? "utf-8; " : "rfc822; ");
	for (size_t n; left; address += n, left -= n) {
		n = utf8_length(address, left);
		if (n == 1)
			buf_addc(out, *address);
		else
			buf_addf(out, "\\x{%X}", n ? code_point(address, n) : 0xfffd);
		n = n ? n : 1;
	}
}

/* A field with what a DSN parameter said, if there is one. */
static void add_decoded(
	const char *name, const char *parameters, const char *keyword, struct buf *out)
{
	size_t n;
	const char *value = dsn_find(parameters, keyword, &n);

	if (!value)
		return;
	buf_addf(out, "%s: ", name);
	dsn_xtext_decode(value, n, out);
	buf_adds(out, "\r\n");
}

/* One group of fields (RFC 3464 section 2.3). */
static void add_recipient(
	const struct bounce *b, const struct bounce_recipient *r, struct buf *out)
{
	const struct kind *kind = &kinds[b->kind];
	size_t n;
	const char *said = outcome_said(r->text, &n);

	add_decoded("Original-Recipient", r->parameters, "ORCPT=", out);
	buf_adds(out, "Final-Recipient: ");
	add_address(r->address, out);
	buf_addf(out, "\r\nAction: %s\r\nStatus: %c%s\r\n", kind->action, *kind->status,
		*r->enhanced ? r->enhanced + 1 : kind->status + 1);
	if (r->code && *b->provider)
		buf_addf(out, "Remote-MTA: dns; %s\r\n", b->provider);
	if (said)
		buf_addf(out, "Diagnostic-Code: smtp; %.*s\r\n", (int)n, said);
	else if (r->code)
		buf_addf(out, "Diagnostic-Code: smtp; %d %s%s%s\r\n", r->code,
			r->enhanced, *r->enhanced ? " " : "", r->text);
	add_date("Last-Attempt-Date", b->now_ms, out);
	if (b->kind == BOUNCE_DELAYED)
		add_date("Will-Retry-Until", b->until_ms, out);
	buf_adds(out, "\r\n");
}

static void add_status(const struct bounce *b, struct buf *out)
{
	add_decoded("Original-Envelope-Id", b->parameters, "ENVID=", out);
	buf_addf(out, "Reporting-MTA: dns; %s\r\nX-Queue-ID: %s\r\n", b->host, b->id);
	add_date("Arrival-Date", b->arrived_ms, out);
	buf_adds(out, "\r\n");
	for (size_t i = 0; i < b->count; i++)
		add_recipient(b, &b->recipients[i], out);
}

void bounce_start(const struct bounce *b, char boundary[48], struct buf *out)
{
	draw_boundary(boundary, b->now_ms);
	add_header(b, boundary, out);
	add_part(boundary, "text/plain; charset=utf-8" EIGHT_BIT, out);
	add_sentence(b, out);
	add_part(boundary, "message/delivery-status\r\n", out);
	add_status(b, out);
	add_part(boundary,
		b->whole ? "message/rfc822" EIGHT_BIT : "text/rfc822-headers" EIGHT_BIT,
		out);
}

void bounce_end(const char *boundary, struct buf *out)
{
	buf_addf(out, "\r\n--%s--\r\n", boundary);
}
