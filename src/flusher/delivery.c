/* SPDX-License-Identifier: ISC */
#include "flusher/delivery.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "flusher/resolve.h"
#include "mail/backoff.h"

#define NOT_IN_JOB (-1)

_Static_assert(JOB_RECIPIENTS_MAX <= 127, "a slot is a signed char");

static void delivery_free(struct delivery *d)
{
	cleanup_close_p(&d->claim.fd);
	envelope_clear(&d->envelope);
	state_clear(&d->state);
	job_clear(&d->job);
	free(d->slots);
	free(d);
}

/* What is no message goes to failed/, so that it is looked at once and not again. */
static int set_aside(struct store *store, struct message *m, const char *reason)
{
	char name[64];
	int r = store_set_aside(store, STORE_CUR, m->id, name);

	if (r < 0)
		log_error("%s: %s; it cannot be moved to failed/: %s", m->id, reason,
			strerror(-r));
	else
		log_warning("%s: %s; moved to failed/%s", m->id, reason, name);
	return 1;
}

static int claim(struct store *store, struct message *m)
{
	int r = m->claimed ? 0 : store_claim(store, m->id);

	if (r == 0)
		m->claimed = true;
	else if (r == -ENOENT)
		return 1; /* its submitter took it back */
	else
		log_error("%s: cannot move it to cur/: %s", m->id, strerror(-r));
	return r;
}

/* Reads what the submitter wrote and what we noted. */
static int load(struct store *store, struct delivery *d)
{
	struct message *m = d->message;
	const char *reason = "it is not a regular file";
	int r = store_read(store, m->id, &d->claim);

	if (r == -ENOENT)
		return 1;
	if (r == -EACCES) {
		reason = "its owner made it unreadable";
		r = -EBADMSG;
	}
	if (r == 0)
		r = envelope_read(d->claim.fd, &d->envelope, &reason);
	if (r == -EBADMSG)
		return set_aside(store, m, reason);
	if (r == 0 && m->has_state) {
		r = store_read_state(store, m->id, &d->state);
		if (r == -EBADMSG)
			log_error("%s: its state file cannot be understood; all its "
				  "recipients are tried again",
				m->id);
		m->has_state = r == 1;
		r = r == 1 || r == -EBADMSG ? 0 : r;
	}
	if (r == 0 && !m->has_state)
		r = state_from_addresses(
			d->envelope.recipients, d->envelope.count, &d->state);
	if (r == 0) {
		d->slots = malloc(d->state.count);
		r = d->slots ? 0 : -ENOMEM;
	}
	if (r < 0)
		log_error("%s: cannot read it: %s", m->id, strerror(-r));
	return r;
}

int delivery_open(struct store *store, struct message *message, struct delivery **ret)
{
	struct delivery *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	d->message = message;
	d->claim.fd = -1;
	r = claim(store, message);
	if (r == 0)
		r = load(store, d);
	if (r != 0) {
		delivery_free(d);
		return r;
	}
	*ret = d;
	return 0;
}

/* The place of an address in the job: an old one if it is there already, else a new one. */
static signed char job_slot(struct job *job, char *address)
{
	for (size_t i = 0; i < job->count; i++) {
		if (strcmp(job->recipients[i], address) == 0) {
			free(address);
			return (signed char)i;
		}
	}
	job->recipients[job->count++] = address;
	return (signed char)(job->count - 1);
}

static void settle(struct delivery *d, size_t i, const struct outcome *outcome)
{
	if (recipient_settle(&d->state.recipients[i], outcome) < 0)
		log_error("%s: out of memory; the reply is not kept", d->message->id);
	if (outcome->verdict == VERDICT_DEFERRED)
		d->deferred = true;
	d->changed = true;
}

/* A local user, and nobody said where such mail goes: it waits for whoever can. */
static void settle_unresolved(struct delivery *d, size_t i)
{
	struct outcome outcome = { .verdict = VERDICT_DEFERRED,
		.blame = BLAME_OURSELVES };

	snprintf(outcome.enhanced, sizeof(outcome.enhanced), "4.3.5");
	snprintf(outcome.text, sizeof(outcome.text),
		"no address for mail to local users: set root = \"you@example.org\" in "
		"mailchute.conf and run systemctl reload mailchute");
	log_error("%s: to=<%s>, relay=none, dsn=4.3.5, status=deferred (%s)",
		d->message->id, d->state.recipients[i].address, outcome.text);
	settle(d, i, &outcome);
}

static int batch_add(struct delivery *d, const struct conf *conf, size_t i)
{
	char *address;
	int r = resolve_recipient(conf, d->state.recipients[i].address, &address);

	if (r == 0)
		d->slots[i] = job_slot(&d->job, address);
	else if (r == -ENOENT)
		settle_unresolved(d, i);
	return r == -ENOENT ? 0 : r;
}

static int job_head(struct delivery *d, const struct conf *conf)
{
	job_clear(&d->job);
	d->job = (struct job){ .uid = d->claim.uid,
		.arrived_ms = d->claim.arrived_ms,
		.offset = d->envelope.offset,
		.size = d->envelope.size,
		.eight_bit = d->envelope.eight_bit,
		.sender = resolve_sender(conf, d->envelope.sender) };
	snprintf(d->job.id, sizeof(d->job.id), "%s", d->message->id);
	return d->job.sender ? 0 : -ENOMEM;
}

int delivery_next(struct delivery *d, const struct conf *conf)
{
	size_t most = conf->max_recipients < JOB_RECIPIENTS_MAX ? conf->max_recipients
								: JOB_RECIPIENTS_MAX;
	int r = job_head(d, conf);

	d->from = d->to;
	while (r == 0 && d->to < d->state.count && d->job.count < most) {
		d->slots[d->to] = NOT_IN_JOB;
		if (d->state.recipients[d->to].status == RECIPIENT_PENDING)
			r = batch_add(d, conf, d->to);
		d->to++;
	}
	return r < 0 ? r : d->job.count > 0;
}

static const char *status_word(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_DELIVERED: return "sent";
	case VERDICT_FAILED: return "failed";
	default: return "deferred";
	}
}

static void log_outcome(
	const struct delivery *d, size_t i, const struct outcome *o, const char *relay)
{
	const char *to = d->job.recipients[(size_t)d->slots[i]];
	const char *asked = d->state.recipients[i].address;
	int64_t delay = clock_real_ms() - d->claim.arrived_ms;
	void (*log)(const char *, ...) =
		o->verdict == VERDICT_DELIVERED ? log_info : log_warning;
	char original[256] = "", from[256];

	if (strcmp(to, asked) != 0)
		snprintf(original, sizeof(original), ", orig_to=<%.200s>", asked);
	text_printable(from, sizeof(from), d->job.sender, strlen(d->job.sender));
	log("%s: from=<%s>, to=<%.300s>%s, relay=%s, delay=%lld.%03d, dsn=%s, status=%s "
	    "(%s)",
		d->message->id, from, to, original, relay, (long long)delay / 1000,
		(int)(delay % 1000), *o->enhanced ? o->enhanced : "-",
		status_word(o->verdict), o->text);
}

const struct outcome *delivery_report(struct delivery *d, const struct report *report)
{
	const struct outcome *stopper = NULL;

	for (size_t i = d->from; i < d->to; i++) {
		const struct outcome *o;

		if (d->slots[i] == NOT_IN_JOB)
			continue;
		o = &report->outcomes[(size_t)d->slots[i]];
		if (o->verdict == VERDICT_UNATTEMPTED) {
			stopper = o;
			continue;
		}
		log_outcome(d, i, o, report->relay);
		settle(d, i, o);
	}
	d->stopped = stopper != NULL;
	return stopper;
}

void delivery_crashed(struct delivery *d, const char *reason)
{
	struct report report = { .relay = "none", .count = d->job.count };

	for (size_t i = 0; i < report.count; i++) {
		struct outcome *o = &report.outcomes[i];

		o->verdict = VERDICT_DEFERRED;
		o->blame = BLAME_OURSELVES;
		snprintf(o->enhanced, sizeof(o->enhanced), "4.3.0");
		snprintf(o->text, sizeof(o->text), "%s", reason);
	}
	delivery_report(d, &report);
	d->to = d->state.count; /* the other batches wait too */
}

void delivery_checkpoint(struct delivery *d, struct store *store)
{
	int r;

	if (!d->changed)
		return;
	r = store_write_state(store, d->message->id, &d->state);
	if (r < 0) {
		log_error("%s: cannot write its state: %s; after a crash recipients may "
			  "get the message twice",
			d->message->id, strerror(-r));
		return;
	}
	d->message->has_state = true;
	d->changed = false;
}

static void finish_done(struct delivery *d, struct store *store)
{
	const char *id = d->message->id;
	size_t failed = state_count(&d->state, RECIPIENT_FAILED);
	int r;

	if (failed == 0) {
		r = store_remove(store, id, d->message->has_state);
		if (r < 0)
			log_error(
				"%s: delivered, but cannot be removed from cur/: %s; "
				"remove it by hand, or it is sent again after a restart",
				id, strerror(-r));
		return;
	}
	r = store_fail(store, id, &d->state);
	if (r < 0)
		log_error("%s: cannot be moved to failed/: %s", id, strerror(-r));
	else
		log_error("%s: %zu recipient%s will never get it; the message and the "
			  "reasons are kept: failed/%s and failed/%s.state",
			id, failed, failed == 1 ? "" : "s", id, id);
}

enum delivery_end delivery_finish(struct delivery *d, struct store *store,
	const struct conf *conf, int64_t *wait_ms)
{
	enum delivery_end end = DELIVERY_PUT_BACK;

	if (state_count(&d->state, RECIPIENT_PENDING) == 0) {
		finish_done(d, store);
		end = DELIVERY_DONE;
	} else if (d->deferred && !d->stopped) {
		d->state.attempts++;
		*wait_ms =
			backoff_ms(d->state.attempts, (int64_t)conf->retry_min_s * 1000,
				(int64_t)conf->retry_max_s * 1000, (uint32_t)random());
		d->state.next_ms = clock_real_ms() + *wait_ms;
		d->changed = true;
		end = DELIVERY_RETRY;
	}
	if (end != DELIVERY_DONE) {
		delivery_checkpoint(d, store);
		d->message->attempts = d->state.attempts;
	}
	delivery_free(d);
	return end;
}
