/* SPDX-License-Identifier: ISC */
/*
 * One message on its way out. Commands go as far as the ledger has room; what is said to them is
 * settled in wire/client_flight.c.
 */
#include "wire/client.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "wire/client_flight.h"
#include "wire/client_io.h"
#include "wire/lines.h"
#include "wire/path.h"

#define BLOCK_SIZE 16384

/* Waits for room in the ledger, then sends a command if anybody is left to send to. */
static int command(struct client *c, struct transaction *t, enum stage stage,
	size_t recipient, const char *format, ...) __attribute__((format(printf, 5, 6)));

static int command(struct client *c, struct transaction *t, enum stage stage,
	size_t recipient, const char *format, ...)
{
	int r = flight_settle_to(c, c->caps.pipelining ? LEDGER_MAX - 1 : 0);
	char line[2048];
	va_list ap;
	int n;

	if (r < 0 || !flight_any_open(t))
		return r;
	if (c->ledger.count == 0 && stream_has_input(&c->stream))
		return flight_break(c, -EPROTO, FLIGHT_CONFUSED, flight_too_many);
	va_start(ap, format);
	n = vsnprintf(line, sizeof(line) - 2, format, ap);
	va_end(ap);
	assert(n > 0 && (size_t)n < sizeof(line) - 2); /* PATH_LENGTH_MAX sees to it */
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): octets, with their number */
	memcpy(line + n, "\r\n", 2);
	client_allow(c, CLIENT_BLOCK_MS);
	/* should this fail, the reply is missed, and perhaps one before it tells why */
	stream_write(&c->stream, line, (size_t)n + 2);
	flight_expect(c, stage, recipient, t);
	return 0;
}

/* Only a server that offers DSN may be asked for it (RFC 3461 section 4). */
static const char *dsn_parameters(const struct caps *caps, const struct envelope_path *p)
{
	return caps->dsn && p->parameters ? p->parameters : "";
}

static int send_rcpt(struct client *c, struct transaction *t, size_t i)
{
	const struct envelope_path *to = &t->recipients[i];
	const char *dsn = dsn_parameters(&c->caps, to);

	return command(c, t, STAGE_RCPT, i, "RCPT TO:<%s>%s%s", to->address,
		*dsn ? " " : "", dsn);
}

static int send_envelope(struct client *c, struct transaction *t)
{
	const struct caps *caps = &c->caps;
	const char *dsn = dsn_parameters(caps, t->sender);
	char size[32] = "";
	int r = 0;

	/*
	 * Behind one that is under way, too: should all of its recipients be refused, a server that does
	 * not end it then would take these for it (RFC 3030 leaves that open).
	 */
	if (c->unclear || (caps->chunking && c->flight > 1)) {
		c->unclear = false;
		r = command(c, t, STAGE_RSET, 0, "RSET");
	}
	if (caps->size)
		snprintf(size, sizeof(size), " SIZE=%llu", (unsigned long long)t->size);
	if (r == 0)
		r = command(c, t, STAGE_MAIL, 0, "MAIL FROM:<%s>%s%s%s%s%s",
			t->sender->address, size,
			t->eight_bit && caps->eight_bit_mime ? " BODY=8BITMIME" : "",
			caps->smtputf8 && t->utf8 ? " SMTPUTF8" : "", *dsn ? " " : "",
			dsn);
	for (size_t i = 0; r == 0 && i < t->count; i++) {
		if (flight_is_open(&t->outcomes[i]))
			r = send_rcpt(c, t, i);
	}
	return r;
}

/* The message cannot go on; the end of the connection tells the server to forget what it has of it. What
 * went before comes to its end first. */
static int cut(struct client *c, struct transaction *t, struct outcome outcome)
{
	int r = flight_settle_to(c, 1);

	if (r < 0)
		return r;
	flight_settle_open(t, &outcome);
	return flight_break(c, -ECANCELED, FLIGHT_CUT, outcome.text);
}

/* Sends N octets, the last ones of the message if LAST; with dots doubled if STUFF. */
static int send_block(struct client *c, struct transaction *t, struct lines *lines,
	const char *s, size_t n, bool last, bool stuff)
{
	while (n > 0) {
		bool dot = false;
		ssize_t len = lines_next(lines, s, n, &dot);

		if (len < 0 || (last && (size_t)len == n && lines->in_line))
			return cut(c, t,
				classify_fault(VERDICT_FAILED, BLAME_MESSAGE, "5.6.0",
					"the queued message is not in wire form (a "
					"line that does not end in CR LF); not sent"));
		if (dot && stuff)
			stream_write(&c->stream, ".", 1);
		stream_write(&c->stream, s, (size_t)len);
		s += len;
		n -= (size_t)len;
	}
	return 0;
}

/*
 * Sends the message and END. A connection that breaks here shows when the replies are read, since the
 * server may have told why. -ECANCELED if the message is bad.
 */
static int send_body(struct client *c, struct transaction *t, bool stuff, const char *end)
{
	struct stream *s = &c->stream;
	struct lines lines = { 0 };
	uint64_t left = t->size;
	char block[BLOCK_SIZE];

	while (left > 0 && !s->failed) {
		size_t want = left < sizeof(block) ? (size_t)left : sizeof(block);
		ssize_t got = t->read(t->context, block, want);
		int r;

		if (got < 0)
			return cut(c, t,
				classify_fault(VERDICT_DEFERRED, BLAME_OURSELVES, "4.3.0",
					"cannot read the queued message: %s",
					strerror((int)-got)));
		if (got == 0)
			return cut(c, t,
				classify_fault(VERDICT_FAILED, BLAME_MESSAGE, "5.6.0",
					"the queued message lost its last %llu "
					"octets; not sent",
					(unsigned long long)left));
		left -= (uint64_t)got;
		client_allow(c, CLIENT_BLOCK_MS);
		r = send_block(c, t, &lines, block, (size_t)got, left == 0, stuff);
		if (r < 0)
			return r;
	}
	client_allow(c, CLIENT_BLOCK_MS);
	stream_write(s, end, strlen(end));
	if (!s->failed)
		flight_sent(c, t);
	return 0;
}

static int send_data(struct client *c, struct transaction *t)
{
	int r = command(c, t, STAGE_DATA, 0, "DATA");

	if (r == 0)
		r = flight_settle_to(c, 0);
	if (r < 0 || !t->go_ahead)
		return r;
	flight_expect(c, STAGE_FINAL, 0, t);
	if (flight_any_open(t))
		return send_body(c, t, true, ".\r\n");
	if (t->accepted)
		return flight_break(c, -ECANCELED, FLIGHT_CUT, "");
	/* RFC 2920 section 3.1: all recipients were refused, and still the server waits */
	c->unclear = true;
	stream_write(&c->stream, ".\r\n", 3);
	flight_sent(c, t);
	return 0;
}

static int send_chunk(struct client *c, struct transaction *t)
{
	int r = command(
		c, t, STAGE_FINAL, 0, "BDAT %llu LAST", (unsigned long long)t->size);

	if (r < 0 || !flight_any_open(t))
		return r;
	return send_body(c, t, false, "");
}

/* Whether ADDRESS may go to this server; else its outcome, with BLAME, in *RET. */
static bool refuse_address(const struct caps *caps, const char *address, enum blame blame,
	struct outcome *ret)
{
	if (!path_is_safe(address))
		*ret = classify_fault(VERDICT_FAILED, blame,
			blame == BLAME_SENDER ? "5.1.7" : "5.1.3",
			"the address cannot be used in SMTP");
	else if (utf8_beyond_ascii(address, strlen(address)) && !caps->smtputf8)
		*ret = classify_fault(VERDICT_FAILED, blame, "5.6.7",
			"the server takes no addresses beyond ASCII (SMTPUTF8)");
	else
		return false;
	return true;
}

/* Settles what needs no server. */
static void settle_locally(const struct caps *caps, struct transaction *t)
{
	struct outcome o;

	if (caps->size_max && t->size > caps->size_max) {
		o = classify_fault(VERDICT_FAILED, BLAME_MESSAGE, "5.3.4",
			"the message has %llu octets, and the server takes %llu at most",
			(unsigned long long)t->size, (unsigned long long)caps->size_max);
		flight_settle_open(t, &o);
	}
	if (refuse_address(caps, t->sender->address, BLAME_SENDER, &o))
		flight_settle_open(t, &o);
	for (size_t i = 0; i < t->count; i++) {
		if (flight_is_open(&t->outcomes[i]) &&
			refuse_address(
				caps, t->recipients[i].address, BLAME_RECIPIENT, &o))
			t->outcomes[i] = o;
	}
}

void client_start(struct client *c, struct transaction *t)
{
	memset(t->outcomes, 0, t->count * sizeof(*t->outcomes));
	for (size_t i = 0; i < t->count; i++)
		t->outcomes[i].verdict = VERDICT_UNATTEMPTED;
	flight_add(c, t);
	settle_locally(&c->caps, t);
	if (!flight_any_open(t) || send_envelope(c, t) < 0 || !flight_any_open(t))
		return;
	if (c->caps.chunking)
		send_chunk(c, t);
	else
		send_data(c, t);
}
