/* SPDX-License-Identifier: ISC */
/*
 * How a delivery ends: what is late or lost is told to the sender, what is left is tried again, and
 * the message goes when nothing is left. In this order on disk: the report, then the state without
 * those it was about, or the removal. A crash between may report twice, and loses nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "conf/value.h"
#include "flusher/delivery.h"
#include "flusher/notice.h"
#include "mail/backoff.h"

#define SENDER_EXPIRE_S 86400

#define BIT(account) (UINT64_C(1) << (account))

static bool any(const struct delivery *d, enum recipient_status status)
{
	return state_count(&d->state, status) > 0;
}

/* True if there is something to report. */
static bool any_concerned(const struct delivery *d, enum bounce_kind kind)
{
	for (size_t i = 0; i < d->state.count; i++) {
		if (notice_concerns(d, &d->state.recipients[i], kind))
			return true;
	}
	return false;
}

/* Their story is over. */
static void forget(struct delivery *d, enum recipient_status status)
{
	for (size_t i = 0; i < d->state.count; i++) {
		struct recipient *r = &d->state.recipients[i];

		if (r->status == status) {
			r->status = RECIPIENT_DONE;
			d->changed = true;
		}
	}
}

/*
 * True for a message that is older than LIMIT_S, and was tried over half of that time at least: a
 * clock that jumps makes neither true alone, and a hold of the account is not the message's fault.
 */
static bool is_older(const struct delivery *d, unsigned limit_s)
{
	int64_t limit_ms = (int64_t)limit_s * 1000;

	return clock_real_ms() - d->claim.arrived_ms >= limit_ms &&
	       d->state.waited_ms >= limit_ms / 2;
}

/* A sender that the provider does not know may be made known, but somebody has to be told soon. */
static unsigned lifetime_s(const struct delivery *d, const struct conf *conf)
{
	return d->sender_refused && conf->expire_s > SENDER_EXPIRE_S ? SENDER_EXPIRE_S
								     : conf->expire_s;
}

static void expire_recipient(
	struct delivery *d, struct recipient *r, const struct conf *conf)
{
	CLEANUP(buf_free) struct buf text = { 0 };
	char to[320];

	text_printable(to, sizeof(to), r->address, strlen(r->address));
	buf_adds(&text, "not delivered within ");
	value_format_duration(lifetime_s(d, conf), &text);
	buf_addf(&text, "; the last reply was: %s", r->text ? r->text : "none");
	if (buf_cstr(&text)) {
		free(r->text);
		r->text = buf_steal(&text);
	}
	snprintf(r->enhanced, sizeof(r->enhanced), "5.4.7"); /* RFC 3463 section 3.5 */
	r->status = RECIPIENT_FAILED;
	d->changed = true;
	log_warning("%s: to=<%s>, relay=none, dsn=5.4.7, status=failed (%s)",
		d->message->id, to, r->text ? r->text : "expired");
}

/* But for those whose account could not be tried. */
static void expire(struct delivery *d, const struct conf *conf)
{
	for (size_t i = 0; i < d->state.count; i++) {
		struct recipient *r = &d->state.recipients[i];

		if (r->status == RECIPIENT_PENDING &&
			delivery_route(d, conf, r) == CONF_ACCOUNTS_MAX)
			expire_recipient(d, r, conf);
	}
}

/* Notes that the account was tried, if it was. True if there are recipients for others. */
static bool is_more(struct delivery *d, const struct conf *conf)
{
	struct message *m = d->message;
	bool more = false;

	if (d->aside)
		return false;
	if (!d->stopped) {
		m->tried |= BIT(d->account);
		m->deferred = m->deferred || d->deferred;
	}
	for (size_t i = 0; i < d->state.count && !more; i++) {
		size_t account = delivery_route(d, conf, &d->state.recipients[i]);

		more = account != d->account && account < CONF_ACCOUNTS_MAX;
	}
	return more;
}

/* Sends a report. 0 or -errno (logged). */
static int tell(struct delivery *d, struct store *store, const struct conf *conf,
	enum bounce_kind kind)
{
	static const char *const words[] = {
		[BOUNCE_FAILED] = "returned to the sender",
		[BOUNCE_DELAYED] = "the sender is told that it is late",
		[BOUNCE_RELAYED] = "the sender is told that it was passed on",
	};
	char id[SPOOL_ID_SIZE];
	int r = notice_send(d, store, conf, kind, id);

	if (r < 0)
		log_error("%s: cannot queue a report to the sender: %s; it is tried "
			  "again",
			d->message->id, strerror(-r));
	else
		log_info("%s: %s, as %s", d->message->id, words[kind], id);
	return r;
}

/* Nobody can be told about a message without a sender; it stays in failed/. 0 or -errno. */
static int return_failed(struct delivery *d, struct store *store, const struct conf *conf,
	struct notice_budget *budget)
{
	int r = 0;

	if (!*d->envelope.sender.address || !any(d, RECIPIENT_FAILED))
		return 0;
	if (any_concerned(d, BOUNCE_FAILED)) {
		if (!notice_allowed(budget, clock_mono_ms())) {
			log_error("%s: not returned to the sender: over %d messages "
				  "of this user were returned within minutes",
				d->message->id, NOTICE_BURST);
			return 0;
		}
		r = tell(d, store, conf, BOUNCE_FAILED);
	}
	if (r == 0)
		forget(d, RECIPIENT_FAILED);
	return r;
}

/* 0 or -errno. */
static int tell_relayed(struct delivery *d, struct store *store, const struct conf *conf,
	struct notice_budget *budget)
{
	int r = 0;

	if (!any(d, RECIPIENT_RELAYED))
		return 0;
	if (*d->envelope.sender.address && any_concerned(d, BOUNCE_RELAYED) &&
		notice_allowed(budget, clock_mono_ms()))
		r = tell(d, store, conf, BOUNCE_RELAYED);
	if (r == 0)
		forget(d, RECIPIENT_RELAYED);
	return r;
}

/* Once, and not for those who do not wait for news. A notice that fails is no reason to stop. */
static void tell_delayed(struct delivery *d, struct store *store, const struct conf *conf,
	struct notice_budget *budget)
{
	if (d->state.notified || !conf->delay_notice_s ||
		!is_older(d, conf->delay_notice_s) || !any_concerned(d, BOUNCE_DELAYED))
		return;
	d->state.notified = true;
	if (*d->envelope.sender.address && !notice_is_bulk(d) &&
		notice_allowed(budget, clock_mono_ms()))
		tell(d, store, conf, BOUNCE_DELAYED);
}

/* 0, or -errno: it has to be done again. */
static int finish_done(struct delivery *d, struct store *store)
{
	const char *id = d->message->id;
	size_t failed = state_count(&d->state, RECIPIENT_FAILED);
	bool poison = d->state.crashes >= DELIVERY_CRASHES_MAX;
	int r;

	if (failed == 0 && !poison) {
		r = store_remove(store, id, d->message->has_state);
		if (r < 0)
			log_error("%s: delivered, but cannot be removed from cur/: %s; "
				  "if that does "
				  "not pass, remove it by hand",
				id, strerror(-r));
		return r;
	}
	r = store_fail(store, id, &d->state);
	if (r < 0)
		log_error("%s: cannot be moved to failed/: %s", id, strerror(-r));
	else
		log_error("%s: %s; the message and the reasons are kept: failed/%s and "
			  "failed/%s.state",
			id,
			poison ? "it is set aside"
			       : "somebody will never get it, and nobody can be told",
			id, id);
	return r;
}

/* When the recipients that are left are tried again. */
static void schedule(struct delivery *d, const struct conf *conf, int64_t *wait_ms)
{
	int64_t now = clock_real_ms();

	if (!d->state.since_ms)
		d->state.since_ms = now;
	d->state.attempts++;
	*wait_ms = backoff_ms(d->state.attempts, (int64_t)conf->retry_min_s * 1000,
		(int64_t)conf->retry_max_s * 1000, (uint32_t)random());
	d->state.next_ms = now + *wait_ms;
	d->state.waited_ms += *wait_ms;
	d->changed = true;
}

enum delivery_end delivery_finish(struct delivery *d, struct store *store,
	const struct conf *conf, struct notice_budget *budgets, int64_t *wait_ms)
{
	struct notice_budget *budget = notice_budget_of(budgets, d->job.uid);
	bool more = is_more(d, conf);
	bool tried = d->message->deferred && !more && !d->aside;
	enum delivery_end end = more ? DELIVERY_MORE : DELIVERY_PUT_BACK;
	int r;

	if (tried && is_older(d, lifetime_s(d, conf)))
		expire(d, conf);
	r = return_failed(d, store, conf, budget);
	if (r == 0)
		r = tell_relayed(d, store, conf, budget);
	if (r == 0 && !any(d, RECIPIENT_PENDING)) {
		r = finish_done(d, store);
		end = DELIVERY_DONE;
		d->changed = r < 0;
	} else if (r == 0 && tried) {
		tell_delayed(d, store, conf, budget);
		schedule(d, conf, wait_ms);
		end = DELIVERY_RETRY;
	}
	if (r < 0) {
		*wait_ms = DELIVERY_DISK_MS;
		end = DELIVERY_RETRY;
	}
	if (end == DELIVERY_PUT_BACK)
		d->message->tried &= ~BIT(d->account);
	if (end != DELIVERY_DONE &&
		(any(d, RECIPIENT_PENDING) || any(d, RECIPIENT_FAILED)))
		delivery_checkpoint(d, store);
	if (d->changed)
		delivery_keep(d);
	delivery_free(d);
	return end;
}
