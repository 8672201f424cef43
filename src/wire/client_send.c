/* SPDX-License-Identifier: ISC */
/*
 * One message over an open connection. Commands go out as far as the ledger has room, replies
 * settle its entries in order; what is open at the end of the road gets the outcome of the road.
 */
#include "wire/client.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wire/client_io.h"
#include "wire/lines.h"
#include "wire/path.h"

#define BLOCK_SIZE 16384

static const char too_many[] = "the server sent more replies than it was asked for";

/* A transaction under way. */
struct exchange {
	struct client *client;
	struct transaction *t;
	size_t accepted; /* recipients */
	bool go_ahead;	 /* the server waits for the message */
	bool closing;	 /* the server took the message, and takes no more */
	bool body_sent;	 /* to its end: from now on the server may have it */
	bool too_early;	 /* it spoke before it had, and nothing was left to be answered */
};

/* An open recipient is one whose outcome is not known yet. */
static bool is_open(const struct outcome *o)
{
	return o->verdict == VERDICT_UNATTEMPTED && o->blame == BLAME_NOBODY;
}

static bool any_open(const struct exchange *x)
{
	for (size_t i = 0; i < x->t->count; i++) {
		if (is_open(&x->t->outcomes[i]))
			return true;
	}
	return false;
}

static void settle_open(struct exchange *x, const struct outcome *outcome)
{
	for (size_t i = 0; i < x->t->count; i++) {
		if (is_open(&x->t->outcomes[i]))
			x->t->outcomes[i] = *outcome;
	}
}

/* The connection is over, and OUTCOME is that of everyone who has none yet. */
static int end_connection(struct exchange *x, const struct outcome *outcome, int failure)
{
	settle_open(x, outcome);
	x->client->usable = false;
	return failure;
}

/* The connection broke, or the server says what makes no sense; WORDS tell. */
static int lose_connection(struct exchange *x, int failure, const char *words)
{
	struct outcome o = classify_fault(VERDICT_DEFERRED, BLAME_LINK, "4.4.2", "%s%s",
		x->body_sent ? "in doubt: the message may have been delivered: " : "",
		words);

	x->t->untouched = !x->accepted && !x->body_sent;
	return end_connection(x, &o, failure);
}

static struct ledger_entry ledger_take(struct ledger *ledger)
{
	struct ledger_entry entry = ledger->entries[ledger->head];

	ledger->head = (ledger->head + 1) % LEDGER_MAX;
	ledger->count--;
	return entry;
}

static void ledger_add(struct ledger *ledger, enum stage stage, size_t recipient)
{
	size_t tail = (ledger->head + ledger->count++) % LEDGER_MAX;

	ledger->entries[tail] =
		(struct ledger_entry){ .stage = stage, .recipient = recipient };
}

static int64_t stage_limit_ms(enum stage stage)
{
	if (stage == STAGE_DATA)
		return CLIENT_DATA_MS;
	return stage == STAGE_FINAL ? CLIENT_FINAL_MS : CLIENT_COMMAND_MS;
}

/* The reply that lets the transaction go on. */
static int settle_success(
	struct exchange *x, struct ledger_entry entry, const struct outcome *outcome)
{
	switch (entry.stage) {
	case STAGE_RCPT:
		x->accepted += is_open(&x->t->outcomes[entry.recipient]);
		return 0;
	case STAGE_DATA: x->go_ahead = true; return 0;
	case STAGE_FINAL:
		/* a reply that was there too early, or is not the last, was meant for another */
		x->closing = stream_input_starts(
			&x->client->stream, "421"); /* RFC 5321 section 3.8 */
		if (!x->body_sent || x->too_early ||
			(stream_has_input(&x->client->stream) && !x->closing))
			return lose_connection(x, -EPROTO, too_many);
		settle_open(x, outcome);
		return 0;
	default: return 0;
	}
}

/* Any other reply. */
static int settle_failure(
	struct exchange *x, struct ledger_entry entry, const struct outcome *outcome)
{
	bool refused = outcome->code >= 400 && outcome->code != 421;

	x->client->unclear = true;
	if (refused && !any_open(x))
		return 0; /* after a refusal of everything, this one had to follow */
	if (outcome->code < 400) /* what does it mean? */
		return lose_connection(x, -EPROTO, outcome->text);
	if (outcome->blame == BLAME_LINK || blame_holds_account(outcome->blame)) {
		x->t->untouched =
			!x->accepted && entry.stage <= STAGE_RCPT && !outcome->wait_s;
		return end_connection(x, outcome, -EPROTO);
	}
	if (entry.stage != STAGE_RCPT)
		settle_open(x, outcome);
	else if (is_open(&x->t->outcomes[entry.recipient]))
		x->t->outcomes[entry.recipient] = *outcome;
	return 0;
}

/* Reads the reply that the oldest entry of the ledger waits for. 0, or -errno: all is over. */
static int settle(struct exchange *x)
{
	struct ledger_entry entry = ledger_take(&x->client->ledger);
	struct outcome outcome;
	struct reply reply;
	int r = client_reply(x->client, stage_limit_ms(entry.stage), &reply);

	if (r < 0) {
		char words[OUTCOME_TEXT_MAX];

		snprintf(words, sizeof(words), "no answer to %s: %s",
			stage_name(entry.stage), client_error(x->client, r));
		return lose_connection(x, r, words);
	}
	outcome = client_classify(x->client, entry.stage, &reply);
	if (classify_success(entry.stage, reply.code))
		return settle_success(x, entry, &outcome);
	return settle_failure(x, entry, &outcome);
}

/* Settles until no more than LEFT entries are in the ledger. */
static int settle_to(struct exchange *x, size_t left)
{
	int r = 0;

	while (r == 0 && x->client->ledger.count > left)
		r = settle(x);
	return r;
}

/* Waits for room in the ledger, then sends a command if anybody is left to send to. */
static int command(struct exchange *x, enum stage stage, size_t recipient,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

static int command(
	struct exchange *x, enum stage stage, size_t recipient, const char *format, ...)
{
	struct client *c = x->client;
	int r = settle_to(x, c->caps.pipelining ? LEDGER_MAX - 1 : 0);
	char line[2048];
	va_list ap;
	int n;

	if (r < 0 || !any_open(x))
		return r;
	if (c->ledger.count == 0 && stream_has_input(&c->stream))
		return lose_connection(x, -EPROTO, too_many);
	va_start(ap, format);
	n = vsnprintf(line, sizeof(line) - 2, format, ap);
	va_end(ap);
	assert(n > 0 && (size_t)n < sizeof(line) - 2); /* PATH_LENGTH_MAX sees to it */
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): octets, with their number */
	memcpy(line + n, "\r\n", 2);
	ledger_add(&c->ledger, stage, recipient);
	client_allow(c, CLIENT_BLOCK_MS);
	/* should this fail, the reply is missed, and perhaps one before it tells why */
	stream_write(&c->stream, line, (size_t)n + 2);
	return 0;
}

/* Only a server that offers DSN may be asked for it (RFC 3461 section 4). */
static const char *dsn_parameters(const struct caps *caps, const struct envelope_path *p)
{
	return caps->dsn && p->parameters ? p->parameters : "";
}

static int send_rcpt(struct exchange *x, size_t i)
{
	const struct envelope_path *to = &x->t->recipients[i];
	const char *dsn = dsn_parameters(&x->client->caps, to);

	return command(
		x, STAGE_RCPT, i, "RCPT TO:<%s>%s%s", to->address, *dsn ? " " : "", dsn);
}

static int send_envelope(struct exchange *x)
{
	const struct caps *caps = &x->client->caps;
	const struct transaction *t = x->t;
	const char *dsn = dsn_parameters(caps, t->sender);
	char size[32] = "";
	int r = 0;

	if (x->client->unclear) {
		x->client->unclear = false;
		r = command(x, STAGE_RSET, 0, "RSET");
	}
	if (caps->size)
		snprintf(size, sizeof(size), " SIZE=%llu", (unsigned long long)t->size);
	if (r == 0)
		r = command(x, STAGE_MAIL, 0, "MAIL FROM:<%s>%s%s%s%s%s",
			t->sender->address, size,
			t->eight_bit && caps->eight_bit_mime ? " BODY=8BITMIME" : "",
			caps->smtputf8 && t->utf8 ? " SMTPUTF8" : "", *dsn ? " " : "",
			dsn);
	for (size_t i = 0; r == 0 && i < t->count; i++) {
		if (is_open(&t->outcomes[i]))
			r = send_rcpt(x, i);
	}
	return r;
}

/* The message cannot go on; the end of the connection tells the server to forget what it has. */
static int cut(struct exchange *x, struct outcome outcome)
{
	return end_connection(x, &outcome, -ECANCELED);
}

/* Sends N octets, the last ones of the message if LAST; with dots doubled if STUFF. */
static int send_block(struct exchange *x, struct lines *lines, const char *s, size_t n,
	bool last, bool stuff)
{
	while (n > 0) {
		bool dot = false;
		ssize_t len = lines_next(lines, s, n, &dot);

		if (len < 0 || (last && (size_t)len == n && lines->in_line))
			return cut(
				x, classify_fault(VERDICT_FAILED, BLAME_MESSAGE, "5.6.0",
					   "the queued message is not in wire form (a "
					   "line that does not end in CR LF); not sent"));
		if (dot && stuff)
			stream_write(&x->client->stream, ".", 1);
		stream_write(&x->client->stream, s, (size_t)len);
		s += len;
		n -= (size_t)len;
	}
	return 0;
}

/*
 * Sends the message and END, and notes if all of it went out. A connection that breaks here shows
 * when the replies are read, since the server may have told why. -ECANCELED if the message is bad.
 */
static int send_body(struct exchange *x, bool stuff, const char *end)
{
	struct stream *s = &x->client->stream;
	struct transaction *t = x->t;
	struct lines lines = { 0 };
	uint64_t left = t->size;
	char block[BLOCK_SIZE];

	while (left > 0 && !s->failed) {
		size_t want = left < sizeof(block) ? (size_t)left : sizeof(block);
		ssize_t got = t->read(t->context, block, want);
		int r;

		if (got < 0)
			return cut(
				x, classify_fault(VERDICT_DEFERRED, BLAME_OURSELVES,
					   "4.3.0", "cannot read the queued message: %s",
					   strerror((int)-got)));
		if (got == 0)
			return cut(
				x, classify_fault(VERDICT_FAILED, BLAME_MESSAGE, "5.6.0",
					   "the queued message lost its last %llu "
					   "octets; not sent",
					   (unsigned long long)left));
		left -= (uint64_t)got;
		client_allow(x->client, CLIENT_BLOCK_MS);
		r = send_block(x, &lines, block, (size_t)got, left == 0, stuff);
		if (r < 0)
			return r;
	}
	client_allow(x->client, CLIENT_BLOCK_MS);
	stream_write(s, end, strlen(end));
	x->body_sent = stream_flush(s) == 0;
	x->too_early = x->client->ledger.count == 1 && stream_has_input(s);
	return 0;
}

static int send_data(struct exchange *x)
{
	int r = command(x, STAGE_DATA, 0, "DATA");

	if (r == 0)
		r = settle_to(x, 0);
	if (r < 0 || !x->go_ahead)
		return r;
	ledger_add(&x->client->ledger, STAGE_FINAL, 0);
	if (any_open(x))
		return send_body(x, true, ".\r\n");
	/* RFC 2920 section 3.1: all recipients were refused, and still the server waits */
	x->client->unclear = true;
	stream_write(&x->client->stream, ".\r\n", 3);
	x->body_sent = true;
	return 0;
}

static int send_chunk(struct exchange *x)
{
	int r = command(
		x, STAGE_FINAL, 0, "BDAT %llu LAST", (unsigned long long)x->t->size);

	if (r < 0 || !any_open(x))
		return r;
	return send_body(x, false, "");
}

/* Whether ADDRESS may go to this server; else its outcome, with BLAME, in *RET. */
static bool refuse_address(const struct caps *caps, const char *address, enum blame blame,
	struct outcome *ret)
{
	if (!path_is_safe(address))
		*ret = classify_fault(VERDICT_FAILED, blame,
			blame == BLAME_SENDER ? "5.1.7" : "5.1.3",
			"the address cannot be used in SMTP");
	else if (path_is_utf8(address) && !caps->smtputf8)
		*ret = classify_fault(VERDICT_FAILED, blame, "5.6.7",
			"the server takes no addresses beyond ASCII (SMTPUTF8)");
	else
		return false;
	return true;
}

/* Settles what needs no server. */
static void settle_locally(struct exchange *x)
{
	const struct caps *caps = &x->client->caps;
	struct transaction *t = x->t;
	struct outcome o;

	if (caps->size_max && t->size > caps->size_max) {
		o = classify_fault(VERDICT_FAILED, BLAME_MESSAGE, "5.3.4",
			"the message has %llu octets, and the server takes %llu at most",
			(unsigned long long)t->size, (unsigned long long)caps->size_max);
		settle_open(x, &o);
	}
	if (refuse_address(caps, t->sender->address, BLAME_SENDER, &o))
		settle_open(x, &o);
	for (size_t i = 0; i < t->count; i++) {
		if (is_open(&t->outcomes[i]) &&
			refuse_address(
				caps, t->recipients[i].address, BLAME_RECIPIENT, &o))
			t->outcomes[i] = o;
	}
}

int client_send(struct client *client, struct transaction *t)
{
	struct exchange x = { .client = client, .t = t };
	int r;

	t->untouched = false;
	memset(t->outcomes, 0, t->count * sizeof(*t->outcomes));
	for (size_t i = 0; i < t->count; i++)
		t->outcomes[i].verdict = VERDICT_UNATTEMPTED;
	settle_locally(&x);
	if (!any_open(&x))
		return 0;
	if (client_is_stale(client))
		return lose_connection(&x, -ECONNRESET,
			"the server closed the connection, or spoke unasked");
	r = send_envelope(&x);
	if (r == 0)
		r = client->caps.chunking ? send_chunk(&x) : send_data(&x);
	if (r == 0)
		r = settle_to(&x, 0);
	if (r == 0)
		r = client->stream.failed; /* it told why it takes no more, and broke */
	client->usable = r == 0 && !x.closing;
	return r;
}
