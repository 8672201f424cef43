/* SPDX-License-Identifier: ISC */
/*
 * With several accounts each message is looked at as it comes and then waits in the route of its
 * account, so that none waits behind mail of an account that is in trouble. With one there is nothing
 * to choose, and a message is read when it can go.
 *
 * Recipients of one message may go by different accounts. They go one account after the other: a
 * round, at the end of which it is decided when to try those again who are left.
 */
#include "flusher/dispatch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "flusher/delivery.h"
#include "flusher/trouble.h"
#include "flusher/worker.h"
#include "flusher/workers.h"
#include "mail/backoff.h"

#define ROUTE(account)	((unsigned)(account) + 1)
#define SHORTAGE_MAX_MS 600000

/* Waits with a message until whatever keeps it here may be over. */
static void postpone(struct flusher *f, struct message *m, int64_t wait_ms)
{
	queue_sleep(&f->queue, m, clock_mono_ms() + (wait_ms ? wait_ms : START_RETRY_MS));
}

/* The same for one that was opened. */
static void put_off(struct flusher *f, struct delivery *d, int64_t wait_ms)
{
	struct message *m = d->message;

	d->aside = true;
	if (delivery_finish(d, &f->store, f->conf, f->notices, &wait_ms) == DELIVERY_DONE)
		flusher_forget(f, m);
	else
		postpone(f, m, wait_ms);
}

void dispatch_end(struct flusher *f, struct delivery *d)
{
	struct message *m = d->message;
	int64_t wait_ms = 0;

	switch (delivery_finish(d, &f->store, f->conf, f->notices, &wait_ms)) {
	case DELIVERY_DONE: flusher_forget(f, m); break;
	case DELIVERY_RETRY: queue_sleep(&f->queue, m, clock_mono_ms() + wait_ms); break;
	case DELIVERY_MORE: queue_route(m, QUEUE_UNROUTED); /* fall through */
	case DELIVERY_PUT_BACK: queue_ready_first(&f->queue, m); break;
	}
}

/*
 * The account that a recipient can go by now, and in d->account the number of the one whose
 * recipients these are. NULL if none can; then that is one for which to wait, better a busy one than
 * one that is held.
 */
static struct account *choose(struct flusher *f, struct delivery *d, int64_t now_ms)
{
	bool found = false, held = true;

	for (size_t i = 0; i < d->state.count; i++) {
		size_t number = delivery_route(d, f->conf, &d->state.recipients[i]);
		struct account *account;

		if (number == CONF_ACCOUNTS_MAX || (found && number == d->account))
			continue;
		account = accounts_pick(&f->accounts, number, now_ms);
		if (account || !found ||
			(held && !accounts_held(&f->accounts, number, now_ms))) {
			d->account = number;
			held = accounts_held(&f->accounts, number, now_ms);
			found = true;
		}
		if (account)
			return account;
	}
	return found ? NULL : accounts_pick(&f->accounts, 0, now_ms);
}

/* Waits for its account; but who was deferred by another one in this round does not wait for one
 * that is held. */
static void wait_for_account(struct flusher *f, struct delivery *d, int64_t now_ms)
{
	struct message *m = d->message;
	int64_t wait_ms = 0;
	enum delivery_end end;

	d->stopped = m->deferred && accounts_held(&f->accounts, d->account, now_ms);
	d->aside = !d->stopped;
	queue_route(m, ROUTE(d->account));
	end = delivery_finish(d, &f->store, f->conf, f->notices, &wait_ms);
	if (end == DELIVERY_DONE)
		flusher_forget(f, m);
	else if (end == DELIVERY_RETRY)
		queue_sleep(&f->queue, m, clock_mono_ms() + wait_ms);
	else if (m->tried)
		queue_ready_first(&f->queue, m);
	else
		queue_ready(&f->queue, m);
}

/* With its first job made: to a courier. */
static void give(struct flusher *f, struct delivery *d, struct account *account)
{
	struct worker *w;
	int r = workers_get(f, account, &w);

	if (r < 0) {
		wait_for_account(f, d, clock_mono_ms());
		trouble_courier(f, account, strerror(-r));
		return;
	}
	r = worker_give(w, d);
	if (r == 0) {
		queue_route(d->message, ROUTE(d->account));
		return;
	}
	if (r == -EAGAIN) {
		wait_for_account(f, d, clock_mono_ms());
		return;
	}
	log_error("%s: cannot be given to a courier: %s", d->message->id, strerror(-r));
	put_off(f, d, 0);
}

/* The fallback ACCOUNT does not take its sender before UNTIL_MS; its own account may do so earlier. */
static int64_t own_due(const struct flusher *f, const struct delivery *d,
	const struct account *account, int64_t until_ms, int64_t now_ms)
{
	struct account *own = &f->accounts.list[d->account];
	int64_t due = account_due(own, now_ms);

	if (account == own || due > until_ms)
		return until_ms;
	return due < 0 ? now_ms + START_RETRY_MS : due;
}

static void send_by(struct flusher *f, struct delivery *d, struct account *account)
{
	int64_t now = clock_mono_ms(), until;
	int r = delivery_next(
		d, f->conf, account->conf, pace_recipients(&account->pace, now));

	until = r > 0 ? senders_until(&account->senders, d->sender, now) : 0;
	if (until)
		put_off(f, d, own_due(f, d, account, until, now) - now);
	else if (r > 0)
		give(f, d, account);
	else if (r == 0)
		dispatch_end(f, d);
	else
		put_off(f, d, 0);
}

bool dispatch_park(struct flusher *f, struct delivery *d, struct account *account)
{
	bool single = f->accounts.count == 1;
	struct message *m = d->message;
	int64_t now = clock_mono_ms();

	if (pace_due(&account->pace, now, NULL) <= now &&
		!queue_others_are_ready(&f->queue, ROUTE(d->account), m) &&
		!(single && queue_others_are_ready(&f->queue, QUEUE_UNROUTED, m)))
		return false;
	/* where there is nothing to choose, the others wait unrouted */
	if (single && queue_route(m, QUEUE_UNROUTED) < 0)
		return false;
	d->next = f->parked;
	f->parked = d;
	queue_ready_first(&f->queue, m);
	return true;
}

/* The delivery of M that is parked, or NULL. */
static struct delivery *unpark(struct flusher *f, const struct message *m)
{
	struct delivery **link = &f->parked, *d;

	while (*link && (*link)->message != m)
		link = &(*link)->next;
	d = *link;
	if (d)
		*link = d->next;
	return d;
}

void dispatch_close_parked(struct flusher *f)
{
	struct delivery *d;

	while ((d = f->parked)) {
		f->parked = d->next;
		delivery_checkpoint(d, &f->store);
		if (d->changed)
			delivery_keep(d);
		delivery_free(d);
	}
}

/* Opens a message and chooses its account, NULL if none can go now. As delivery_open(). */
static int open_message(struct flusher *f, struct message *m, int64_t now_ms,
	struct delivery **ret, struct account **ret_account)
{
	struct delivery *parked = unpark(f, m);
	const struct aliases *aliases;
	int r;

	if (parked) {
		*ret = parked;
		*ret_account = accounts_pick(&f->accounts, parked->account, now_ms);
		return 0;
	}
	r = alias_file_get(&f->alias_file, f->conf->aliases, &aliases);
	if (r == 0)
		r = delivery_open(&f->store, f->conf, aliases, m, ret);
	if (r == 0)
		*ret_account = choose(f, *ret, now_ms);
	return r;
}

/* What the next message would meet too. Not what a message may bring about: memory, room, a lock. */
static bool is_shortage(int r)
{
	return r == -EMFILE || r == -ENFILE || r == -EROFS;
}

/* No message is opened until it may be over: else each would say so. */
static void hold(struct flusher *f, int64_t now_ms)
{
	f->hold_until_ms = now_ms + backoff_ms(++f->shortages, START_RETRY_MS,
					    SHORTAGE_MAX_MS, (uint32_t)random());
}

/* The message is looked at before a courier is: junk needs none. NEW: it waited for no account yet,
 * so others may be before it. */
static void dispatch_one(struct flusher *f, struct message *m, bool new)
{
	struct delivery *d = NULL;
	struct account *account = NULL;
	int64_t now = clock_mono_ms();
	int r = open_message(f, m, now, &d, &account);

	if (r > 0) {
		flusher_forget(f, m);
		return;
	}
	if (r < 0) {
		postpone(f, m, 0);
		if (is_shortage(r))
			hold(f, now);
		return;
	}
	f->shortages = 0;
	assert(d);
	if (new && f->accounts.count > 1 && queue_is_ready(&f->queue, ROUTE(d->account)))
		account = NULL;
	if (account)
		send_by(f, d, account);
	else
		wait_for_account(f, d, now);
}

/* Accounts take turns. NULL if nothing that was looked at can go. */
static struct message *next_waiting(struct flusher *f, int64_t now_ms)
{
	size_t count = f->accounts.count;

	for (size_t i = 0; i < count; i++) {
		size_t number = (f->turn + i) % count;

		if (queue_is_ready(&f->queue, ROUTE(number)) &&
			accounts_pick(&f->accounts, number, now_ms)) {
			f->turn = number + 1;
			return queue_take(&f->queue, ROUTE(number));
		}
	}
	return NULL;
}

static struct message *next_new(struct flusher *f, int64_t now_ms)
{
	if (f->accounts.count == 1 && !accounts_pick(&f->accounts, 0, now_ms))
		return NULL;
	return queue_take(&f->queue, QUEUE_UNROUTED);
}

void dispatch(struct flusher *f, int64_t until_ms)
{
	struct message *waiting, *new;
	int64_t now;

	do {
		now = clock_mono_ms();
		if (now < f->hold_until_ms)
			return;
		waiting = next_waiting(f, now);
		if (waiting)
			dispatch_one(f, waiting, false);
		new = next_new(f, now);
		if (new)
			dispatch_one(f, new, true);
	} while ((waiting || new) && now < until_ms);
}

int64_t dispatch_due(struct flusher *f, int64_t now_ms)
{
	bool new = queue_is_ready(&f->queue, QUEUE_UNROUTED);
	int64_t due = -1;

	if (now_ms < f->hold_until_ms)
		return f->hold_until_ms;
	if (new && f->accounts.count > 1)
		return now_ms;
	for (size_t i = 0; i < f->accounts.count; i++) {
		int64_t at = new || queue_is_ready(&f->queue, ROUTE(i))
				     ? accounts_due(&f->accounts, i, now_ms)
				     : -1;

		if (at >= 0 && (due < 0 || at < due))
			due = at;
	}
	return due;
}

size_t dispatch_waiting(const struct flusher *f, const struct account *account)
{
	size_t number = (size_t)(account - f->accounts.list);

	return account->in_flight + f->queue.routes[ROUTE(number)].ready +
	       f->queue.routes[QUEUE_UNROUTED].ready;
}
