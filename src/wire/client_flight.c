/* SPDX-License-Identifier: ISC */
/*
 * Replies settle the entries of the ledger in order; what is open at the end of the road gets the
 * outcome of the road.
 */
#include "wire/client_flight.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "wire/client_io.h"

const char flight_too_many[] = "the server sent more replies than it was asked for";

void flight_add(struct client *c, struct transaction *t)
{
	t->done = t->go_ahead = false;
	t->accepted = 0;
	t->end = 0;
	t->next = NULL;
	if (c->last)
		c->last->next = t;
	else
		c->first = t;
	c->last = t;
	c->flight++;
	c->octets += t->size;
}

bool flight_is_open(const struct outcome *o)
{
	return o->verdict == VERDICT_UNATTEMPTED && o->blame == BLAME_NOBODY && !*o->text;
}

bool flight_any_open(const struct transaction *t)
{
	for (size_t i = 0; i < t->count; i++) {
		if (flight_is_open(&t->outcomes[i]))
			return true;
	}
	return false;
}

void flight_settle_open(struct transaction *t, const struct outcome *o)
{
	for (size_t i = 0; i < t->count; i++) {
		if (flight_is_open(&t->outcomes[i]))
			t->outcomes[i] = *o;
	}
}

/* What was said to the command of ENTRY is said of its recipient, or of all. */
static void settle_entry(const struct ledger_entry *entry, const struct outcome *o)
{
	struct transaction *t = entry->transaction;

	if (entry->stage != STAGE_RCPT)
		flight_settle_open(t, o);
	else if (flight_is_open(&t->outcomes[entry->recipient]))
		t->outcomes[entry->recipient] = *o;
}

/* Those before END have their outcomes for good. */
static void confirm(struct client *c, const struct transaction *end)
{
	while (c->first && c->first != end) {
		c->first->done = true;
		c->carried += c->first->end > 0;
		c->first = c->first->next;
	}
	if (!c->first)
		c->last = NULL;
}

/* Of a transaction that ends with the connection. GUILTY: it is the one over which that ended. */
static struct outcome end_outcome(const struct client *c, const struct transaction *t,
	enum flight_end end, bool guilty, const char *words)
{
	enum blame blame = guilty ? BLAME_LINK : BLAME_NOBODY;
	bool first = c->carried == 0 && t == c->first;

	if (end != FLIGHT_CLOSED && t->end && t->end <= c->stream.sent)
		return classify_fault(VERDICT_DEFERRED, blame, "4.4.2",
			"in doubt: the message may have been delivered: %s", words);
	/* another connection serves it, unless the server was touched by it, or serves nobody */
	if (guilty && (first || t->accepted))
		return classify_fault(VERDICT_DEFERRED, blame, "4.4.2", "%s", words);
	return classify_fault(VERDICT_UNATTEMPTED, BLAME_NOBODY, "4.4.2", "%s", words);
}

static void shift_down(struct client *c)
{
	if (c->caps.chunking)
		c->caps.chunking = false;
	else
		c->caps.pipelining = false;
	c->shifted = true;
	c->stumbled = false;
}

int flight_break(struct client *c, int failure, enum flight_end end, const char *words)
{
	bool guilty = end != FLIGHT_CLOSED;

	for (struct transaction *t = c->first; t; t = t->next) {
		struct outcome o = end_outcome(c, t, end, guilty, words);

		if (end == FLIGHT_CONFUSED) {
			for (size_t i = 0; i < t->count; i++)
				t->outcomes[i] = o;
		} else if (flight_any_open(t)) {
			flight_settle_open(t, &o);
		} else {
			continue;
		}
		guilty = false;
	}
	confirm(c, NULL);
	c->ledger = (struct ledger){ 0 };
	if (c->stumbled || end == FLIGHT_CONFUSED)
		shift_down(c);
	c->usable = false;
	return failure;
}

static struct ledger_entry *ledger_at(struct ledger *ledger, size_t n)
{
	return &ledger->entries[(ledger->head + n) % LEDGER_MAX];
}

void flight_expect(
	struct client *c, enum stage stage, size_t recipient, struct transaction *t)
{
	assert(c->ledger.count < LEDGER_MAX);
	*ledger_at(&c->ledger, c->ledger.count++) = (struct ledger_entry){
		.stage = stage,
		.recipient = recipient,
		.transaction = t,
		.end = stage == STAGE_FINAL ? UINT64_MAX : stream_written(&c->stream),
	};
}

void flight_sent(struct client *c, struct transaction *t)
{
	t->end = stream_written(&c->stream);
	ledger_at(&c->ledger, c->ledger.count - 1)->end = t->end;
}

/* Takes the oldest entry, whose reply began with octet AT. *RET_EARLY: before all of it was sent. */
static struct ledger_entry ledger_take(struct client *c, uint64_t at, bool *ret_early)
{
	struct ledger *ledger = &c->ledger;
	struct ledger_entry entry = *ledger_at(ledger, 0);

	*ret_early = stream_sent_before(&c->stream, at) < entry.end;
	ledger->head = (ledger->head + 1) % LEDGER_MAX;
	ledger->count--;
	return entry;
}

static int64_t stage_limit_ms(enum stage stage)
{
	if (stage == STAGE_DATA)
		return CLIENT_DATA_MS;
	return stage == STAGE_FINAL ? CLIENT_FINAL_MS : CLIENT_COMMAND_MS;
}

/* The reply that lets the transaction go on. */
static void settle_success(
	struct client *c, struct ledger_entry entry, const struct outcome *outcome)
{
	struct transaction *t = entry.transaction;

	switch (entry.stage) {
	case STAGE_RCPT: t->accepted++; break;
	case STAGE_DATA:
		t->go_ahead = true;
		confirm(c, t); /* no reply but to DATA is like this one */
		break;
	case STAGE_FINAL: flight_settle_open(t, outcome); break;
	default: break;
	}
}

/* The reply that ends the connection: OUTCOME is that of the transaction, unless another connection may
 * serve it at once. */
static int settle_last(
	struct client *c, struct ledger_entry entry, const struct outcome *outcome)
{
	struct transaction *t = entry.transaction;
	bool first = c->carried == 0 && t == c->first;

	if (t && (first || t->accepted || entry.stage > STAGE_RCPT || outcome->wait_s))
		flight_settle_open(t, outcome);
	return flight_break(c, -EPROTO, FLIGHT_CLOSED, outcome->text);
}

/* The server does not follow. In this gear, or at all: then it may be the message's fault. */
static int settle_out_of_step(
	struct client *c, struct ledger_entry entry, const struct outcome *outcome)
{
	struct outcome vain;

	if (!c->caps.pipelining && !c->caps.chunking)
		return settle_last(c, entry, outcome);
	c->stumbled = true;
	if (entry.stage == STAGE_RSET)
		return 0; /* what follows it has replies of its own */
	vain = classify_fault(VERDICT_UNATTEMPTED, BLAME_NOBODY, outcome->enhanced, "%s",
		outcome->text);
	settle_entry(&entry, &vain);
	return 0;
}

/* Any other reply. */
static int settle_failure(
	struct client *c, struct ledger_entry entry, const struct outcome *outcome)
{
	c->unclear = true;
	if (outcome->code == 421) /* RFC 5321 section 3.8 */
		return settle_last(c, entry, outcome);
	/* what does it mean? unless a row of fault.c knows */
	if (outcome->code < 400 && outcome->verdict != VERDICT_FAILED)
		return flight_break(c, -EPROTO, FLIGHT_CONFUSED, outcome->text);
	if (!flight_any_open(entry.transaction))
		return 0; /* after a refusal of everything, this one had to follow */
	if (outcome->blame == BLAME_LINK)
		return settle_out_of_step(c, entry, outcome);
	settle_entry(&entry, outcome);
	return 0;
}

/*
 * The end of a flight. An answer to EHLO has several lines, and no other does that the server may give
 * here; 500 to 504 refuse EHLO itself.
 */
static int settle_flight(struct client *c, const struct reply *reply)
{
	if (reply->code == 421)
		return flight_break(c, -ECONNRESET, FLIGHT_CLOSED, "");
	if (reply->code == 250 && reply->lines > 1) {
		c->unclear = false; /* RFC 5321 section 4.1.4 */
		return 0;
	}
	if (reply->code >= 500 && reply->code <= 504) {
		c->stumbled = true;
		return 0;
	}
	return flight_break(c, -EPROTO, FLIGHT_CONFUSED,
		"the server sent more or less replies than it was asked for");
}

static int no_reply(struct client *c, struct ledger_entry entry, int failure)
{
	char words[OUTCOME_TEXT_MAX];
	bool confused = !entry.transaction && failure != -ECONNRESET;

	snprintf(words, sizeof(words), "no answer to %s: %s", stage_name(entry.stage),
		client_error(c, failure));
	return flight_break(c, failure, confused ? FLIGHT_CONFUSED : FLIGHT_CUT, words);
}

/* Reads the reply that the oldest entry of the ledger waits for. 0, or -errno: all is over. */
static int settle(struct client *c)
{
	int64_t limit = stage_limit_ms(ledger_at(&c->ledger, 0)->stage);
	struct ledger_entry entry;
	struct outcome outcome;
	struct reply reply;
	bool early, success;
	uint64_t at = stream_taken(&c->stream);
	int r = client_reply(c, limit, &reply);

	entry = ledger_take(c, at, &early);
	if (r < 0)
		return no_reply(c, entry, r);
	success = classify_success(entry.stage, reply.code);
	if (early && (success || entry.stage < STAGE_FINAL) && reply.code != 421)
		return flight_break(c, -EPROTO, FLIGHT_CONFUSED, flight_too_many);
	if (!entry.transaction)
		return settle_flight(c, &reply);
	outcome = client_classify(c, entry.stage, &reply);
	if (!success)
		return settle_failure(c, entry, &outcome);
	settle_success(c, entry, &outcome);
	return 0;
}

int flight_settle_to(struct client *c, size_t left)
{
	int r = 0;

	while (r == 0 && c->ledger.count > left)
		r = settle(c);
	return r;
}

bool client_is_full(const struct client *c)
{
	if (!c->first)
		return false;
	if (c->stumbled || !c->caps.pipelining)
		return true;
	return c->caps.chunking &&
	       (c->flight >= c->options->window || c->flight > c->carried ||
		       c->octets >= CLIENT_FLIGHT_OCTETS);
}

/* With all replies there: the outcomes are final, if that was all. */
static void end_flight(struct client *c)
{
	bool closing = stream_input_starts(&c->stream, "421");

	if (stream_has_input(&c->stream) && !closing) {
		flight_break(c, -EPROTO, FLIGHT_CONFUSED, flight_too_many);
		return;
	}
	confirm(c, NULL);
	/* it may also have told why it takes no more, and gone */
	c->usable = !closing && !c->stream.failed;
}

void client_settle(struct client *c)
{
	if (c->usable && c->caps.chunking && c->flight > 1 &&
		flight_settle_to(c, LEDGER_MAX - 1) == 0) {
		client_allow(c, CLIENT_BLOCK_MS);
		stream_printf(&c->stream, "EHLO %s\r\n", c->options->hello);
		flight_expect(c, STAGE_EHLO, 0, NULL);
	}
	if (c->usable && flight_settle_to(c, 0) == 0)
		end_flight(c);
	if (c->stumbled)
		shift_down(c);
	c->flight = 0;
	c->octets = 0;
}
