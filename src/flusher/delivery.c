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
#include "mail/address.h"
#include "mail/dsn.h"

#define ANEW_MAX      1000 /* recipients in a state that is written anew for each batch */
#define ADDRESS_SHOWN 320  /* octets of an address in a log line */

_Static_assert(
	ADDRESS_MAX + 1 + 255 <= JOB_ADDRESS_MAX, "a qualified address fits a job");

void delivery_free(struct delivery *d)
{
	cleanup_close_p(&d->claim.fd);
	envelope_clear(&d->envelope);
	state_clear(&d->state);
	job_clear(&d->job);
	free(d->sender);
	free(d->sent_as);
	free(d->user);
	free(d);
}

/* What is no message goes to failed/, so that it is looked at once and not again; a stranger's
 * directory may stay where it is. 1, or -errno. */
static int set_aside(struct store *store, struct message *m, const char *reason)
{
	char name[64], why[128];
	int r = store_set_aside(store, STORE_CUR, m->id, name);

	snprintf(why, sizeof(why), "%s: %s", m->id, reason);
	if (r < 0)
		log_error("%s: %s; it cannot be moved to failed/: %s%s", m->id, reason,
			strerror(-r), r == -EISDIR ? "; remove cur/ID by hand" : "");
	else
		junk_note(&store->junk, why, name);
	return r < 0 && r != -EISDIR ? r : 1;
}

/* Its state goes with it: it would speak of another message of that name. */
static int set_aside_message(struct store *store, struct message *m, const char *reason)
{
	int r = set_aside(store, m, reason);

	if (r > 0 && m->has_state)
		store_remove_state(store, m->id);
	return r;
}

static int claim(struct store *store, struct message *m)
{
	int r = m->claimed ? 0 : store_claim(store, m->id);

	if (r == 0)
		m->claimed = true;
	else if (r == -ENOENT)
		return 1; /* its submitter took it back */
	else if (r == -EEXIST && store_rename(store, m->id) == 0)
		return 1; /* there is something of that name that is no message */
	else
		log_error("%s: cannot move it to cur/: %s", m->id, strerror(-r));
	return r == -EACCES || r == -EPERM ? 1
					   : r; /* a stranger's directory: not again */
}

/* A state file that cannot be understood: nobody knows who has got the message already. The message
 * first: without a state it would go to all. */
static int set_aside_state(struct store *store, struct message *m)
{
	char state[64], name[64];
	int r = set_aside(store, m, "who has got it already is not known");

	snprintf(state, sizeof(state), "%s" STATE_SUFFIX, m->id);
	if (r < 0)
		return r;
	r = store_set_aside(store, STORE_CUR, state, name);
	if (r < 0)
		return r;
	log_error("%s: its state file cannot be understood; moved to failed/%s", m->id,
		name);
	return 1;
}

/* What is known of the recipients: kept in memory, or on disk, or nothing yet. */
static int load_state(struct store *store, struct delivery *d)
{
	struct message *m = d->message;
	int r;

	if (m->kept) {
		d->state = *m->kept;
		d->changed = true;
		free(m->kept);
		m->kept = NULL;
		return 0;
	}
	r = m->has_state ? store_read_state(store, m->id, &d->state) : 0;
	if (r == -EBADMSG)
		return set_aside_state(store, m);
	m->has_state = r != 0;
	if (r == 0)
		return state_from_envelope(&d->envelope, &d->state);
	return r < 0 ? r : 0;
}

/* Reads what the submitter wrote and what we noted. */
static int load(struct store *store, struct delivery *d)
{
	struct message *m = d->message;
	const char *reason = "it is not a regular file";
	int r = store_read(store, m->id, &d->claim);

	if (r == -ENOENT) { /* it was done, but the disk refused the last step */
		store_remove(store, m->id, true);
		return 1;
	}
	if (r == -EACCES && store_is_shut(store, m->id)) {
		reason = "its owner made it unreadable";
		r = -EBADMSG;
	}
	if (r == 0)
		r = envelope_read(d->claim.fd, &d->envelope, &reason);
	if (r == -EBADMSG)
		return set_aside_message(store, m, reason);
	if (r == 0)
		r = load_state(store, d);
	/* its submitter may set the time of the file, and it would never be too old */
	if (d->state.since_ms && d->state.since_ms < d->claim.arrived_ms)
		d->claim.arrived_ms = d->state.since_ms;
	if (r < 0)
		log_error("%s: cannot read it: %s%s", m->id, strerror(-r),
			r == -EACCES
				? "; new/ must have mode 3733, systemd-tmpfiles --create "
				  "mailchute.conf mends it, and chgrp mailchute this file"
				: "");
	return r;
}

void delivery_checkpoint(struct delivery *d, struct store *store)
{
	int r;

	if (!d->changed)
		return;
	r = store_write_state(store, d->message->id, &d->state);
	if (r < 0) {
		log_error("%s: cannot write its state: %s; it is kept in memory, and the "
			  "message "
			  "waits until it can be written",
			d->message->id, strerror(-r));
		return;
	}
	d->message->has_state = true;
	d->changed = false;
}

void delivery_note_batch(struct delivery *d, struct store *store)
{
	if (d->written &&
		store_add_settled(store, d->message->id, &d->state, d->from, d->to) == 0)
		return;
	delivery_checkpoint(d, store);
	d->written = !d->changed && d->state.count > ANEW_MAX;
	if (d->written)
		d->changed =
			true; /* what is added is not all, so that the end writes it anew */
}

void delivery_keep(struct delivery *d)
{
	struct state *kept = malloc(sizeof(*kept));

	if (!kept) {
		log_error(
			"%s: out of memory; recipients may get it twice", d->message->id);
		return;
	}
	*kept = d->state;
	d->state = (struct state){ 0 };
	d->message->kept = kept;
}

static int resolve(
	struct delivery *d, const struct conf *conf, const struct aliases *aliases)
{
	struct expander expander;
	int r = expander_open(&expander, aliases, conf->root, conf->hostname);

	if (r == 0) {
		r = resolve_recipients(&d->state, &expander);
		expander_close(&expander);
	}
	if (r < 0)
		log_error("%s: cannot find out where it goes: %s", d->message->id,
			strerror(-r));
	return r;
}

int delivery_open(struct store *store, const struct conf *conf,
	const struct aliases *aliases, struct message *message, struct delivery **ret)
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
	if (r == 0)
		r = delivery_identify(d, conf);
	if (r == 0)
		r = resolve(d, conf, aliases);
	if (r == 0 && d->changed && state_count(&d->state, RECIPIENT_PENDING)) {
		delivery_checkpoint(d, store);
		r = d->changed ? -EAGAIN : 0;
	}
	if (r < 0 && d->changed)
		delivery_keep(d);
	if (r != 0) {
		delivery_free(d);
		return r;
	}
	*ret = d;
	return 0;
}

const struct envelope_path *delivery_given(
	const struct delivery *d, const struct recipient *r)
{
	static const struct envelope_path unknown = { .address = (char *)"unknown" };

	/* the file is its submitter's, and may have another envelope by now */
	return r->origin < d->envelope.count ? &d->envelope.recipients[r->origin]
					     : &unknown;
}

static void settle(struct delivery *d, struct recipient *r, const struct outcome *outcome)
{
	if (recipient_settle(r, outcome) < 0)
		log_error("%s: out of memory; the reply is not kept", d->message->id);
	if (outcome->verdict == VERDICT_DEFERRED)
		d->deferred = true;
	if (outcome->blame == BLAME_SENDER && outcome->wait_s)
		d->sender_refused = true;
	d->changed = true;
}

/* A local user, and nobody said where such mail goes: it waits for whoever can. */
static void settle_stuck(struct delivery *d, struct recipient *r)
{
	struct outcome outcome = { .verdict = VERDICT_DEFERRED,
		.blame = BLAME_OURSELVES };
	char to[ADDRESS_SHOWN];

	snprintf(outcome.enhanced, sizeof(outcome.enhanced), "4.3.5");
	snprintf(outcome.text, sizeof(outcome.text),
		"no address for mail to local users: set root = \"you@example.org\" in "
		"mailchute.conf and run systemctl reload mailchute");
	text_printable(to, sizeof(to), r->address, strlen(r->address));
	log_error("%s: to=<%s>, relay=none, dsn=4.3.5, status=deferred (%s)",
		d->message->id, to, outcome.text);
	settle(d, r, &outcome);
}

static int batch_add(struct delivery *d, const struct recipient *r)
{
	struct job *job = &d->job;

	if (envelope_path_copy(r->address, delivery_given(d, r)->parameters,
		    &job->recipients[job->count]) < 0)
		return -ENOMEM;
	d->batch[job->count++] = (size_t)(r - d->state.recipients);
	return 0;
}

/* True if the packet takes one more recipient, whatever it is. */
static bool job_has_room(const struct job *job)
{
	size_t octets = JOB_PACKET_ROOM;

	for (size_t i = 0; i < job->count; i++) {
		const struct envelope_path *p = &job->recipients[i];

		octets += strlen(p->address) + 16;
		octets += p->parameters ? strlen(p->parameters) : 0;
	}
	return octets + JOB_PACKET_ROOM <= JOB_PACKET_MAX;
}

static int job_head(struct delivery *d)
{
	job_clear(&d->job);
	d->job = (struct job){ .uid = delivery_submitter(d),
		.arrived_ms = d->claim.arrived_ms,
		.offset = d->envelope.offset,
		.size = d->envelope.size,
		.eight_bit = d->envelope.eight_bit,
		.long_lines = d->envelope.long_lines };
	snprintf(d->job.id, sizeof(d->job.id), "%s", d->message->id);
	return envelope_path_copy(
		d->sender, d->envelope.sender.parameters, &d->job.sender);
}

int delivery_next(struct delivery *d, const struct conf *conf, const struct conf *via,
	unsigned most)
{
	int r = job_head(d);

	d->from = d->to;
	while (r == 0 && d->to < d->state.count && d->job.count < most &&
		d->job.count < via->max_recipients && job_has_room(&d->job)) {
		struct recipient *recipient = &d->state.recipients[d->to++];

		if (delivery_route(d, conf, recipient) == d->account)
			r = batch_add(d, recipient);
		else if (recipient->status == RECIPIENT_PENDING && recipient->stuck &&
			 !d->message->tried)
			settle_stuck(d, recipient);
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

static void log_outcome(const struct delivery *d, const struct recipient *r,
	const struct outcome *o, const char *relay)
{
	const char *to = r->address;
	const char *asked = delivery_given(d, r)->address;
	int64_t delay = clock_real_ms() - d->claim.arrived_ms;
	void (*log)(const char *, ...) =
		o->verdict == VERDICT_DELIVERED ? log_info : log_warning;
	char from[ADDRESS_SHOWN], shown_to[ADDRESS_SHOWN], shown_asked[ADDRESS_SHOWN];
	char code[8] = "";
	bool same = strcmp(to, asked) == 0;

	text_printable(
		from, sizeof(from), d->job.sender.address, strlen(d->job.sender.address));
	text_printable(shown_to, sizeof(shown_to), to, strlen(to));
	text_printable(shown_asked, sizeof(shown_asked), asked, strlen(asked));
	if (o->code && o->verdict != VERDICT_DELIVERED)
		snprintf(code, sizeof(code), "%d ", o->code);
	log("%s: from=<%s>, to=<%s>%s%s%s, relay=%s, delay=%lld.%03d, dsn=%s, status=%s "
	    "(%s%s)",
		d->message->id, from, shown_to, same ? "" : ", orig_to=<",
		same ? "" : shown_asked, same ? "" : ">", relay, (long long)delay / 1000,
		(int)(delay % 1000), *o->enhanced ? o->enhanced : "-",
		status_word(o->verdict), code, o->text);
}

/* A server that does not know DSN will not report success: then we say how far it came. */
static void note_success(
	const struct delivery *d, struct recipient *r, const struct report *report)
{
	if (r->status == RECIPIENT_DONE && !report->dsn &&
		(dsn_events(delivery_given(d, r)->parameters) & DSN_SUCCESS))
		r->status = RECIPIENT_RELAYED;
}

/* Not this message alone: all mail of the account, or of the sender. */
static bool concerns_more(const struct outcome *o)
{
	return (o->verdict == VERDICT_UNATTEMPTED && o->blame != BLAME_NOBODY) ||
	       blame_holds_account(o->blame) || (o->blame == BLAME_SENDER && o->wait_s);
}

const struct outcome *delivery_report(struct delivery *d, const struct report *report)
{
	const struct outcome *trouble = NULL;

	d->stopped = false;
	for (size_t i = 0; i < d->job.count; i++) {
		struct recipient *r = &d->state.recipients[d->batch[i]];
		const struct outcome *o = &report->outcomes[i];

		if (concerns_more(o))
			trouble = o;
		if (o->verdict == VERDICT_UNATTEMPTED) {
			d->stopped = true;
		} else {
			log_outcome(d, r, o, report->relay);
			settle(d, r, o);
			note_success(d, r, report);
		}
	}
	return trouble;
}

void delivery_crashed(struct delivery *d, const char *reason, bool counts)
{
	struct report report = { .relay = "none", .count = d->job.count };
	bool poison;

	d->state.crashes += counts;
	poison = d->state.crashes >= DELIVERY_CRASHES_MAX;
	for (size_t i = 0; i < report.count; i++) {
		struct outcome *o = &report.outcomes[i];

		o->verdict = poison ? VERDICT_FAILED : VERDICT_DEFERRED;
		o->blame = poison ? BLAME_MESSAGE : BLAME_OURSELVES;
		snprintf(o->enhanced, sizeof(o->enhanced), poison ? "5.3.0" : "4.3.0");
		snprintf(o->text, sizeof(o->text), "%s", reason);
	}
	delivery_report(d, &report);
	d->to = d->state.count; /* the other batches wait too */
	if (poison)
		log_error("%s: %u couriers ended over it; it is not tried again",
			d->message->id, d->state.crashes);
}
