/* SPDX-License-Identifier: ISC */
#include "flusher/workers.h"

#include "base/clock.h"
#include "base/log.h"
#include "flusher/delivery.h"
#include "flusher/worker.h"

/* For so long others wait for a courier to get on, before they take one more connection. */
#define PATIENCE_MS 1000

int workers_get(struct flusher *f, struct account *account, struct worker **ret)
{
	int64_t now = clock_mono_ms();
	struct worker *least = NULL;

	for (struct worker *w = f->workers; w; w = w->next) {
		if (w->account == account && worker_is_waiting(w)) {
			*ret = w;
			return 0;
		}
		if (w->account == account && w->busy && !w->full &&
			(!least || w->load.count < least->load.count))
			least = w;
	}
	if (!least || (now - least->since_ms >= PATIENCE_MS &&
			      account_may_connect(account, now))) {
		int r = worker_start(f, account, ret);

		account->patience_ms = now + PATIENCE_MS;
		if (r == 0 || !least)
			return r;
	}
	*ret = least;
	return 0;
}

void workers_dismiss(struct flusher *f, bool all, bool retire)
{
	int64_t now = clock_mono_ms();

	for (struct worker *w = f->workers; w; w = w->next) {
		bool due = now >= worker_due_ms(w);

		if (worker_is_waiting(w) && (all || due)) {
			worker_retire(w);
		} else if (due) {
			log_error("courier %d hangs", (int)w->pid);
			worker_kill(w);
			w->since_ms = now; /* it may take a moment */
		}
		w->retiring = w->retiring || (retire && w->load.first);
		worker_count(w);
	}
}

int workers_set_accounts(struct flusher *f, const struct conf *conf)
{
	struct accounts accounts = { 0 };
	int r = accounts_set(&accounts, conf, &f->accounts);

	if (r < 0)
		return r;
	for (struct worker *w = f->workers; w; w = w->next) {
		if (w->account)
			w->account = accounts_find(&accounts, w->account->conf->name);
		w->busy = w->full = w->unproven = false;
		if (w->account)
			w->account->in_flight += w->load.count;
		for (struct delivery *d = w->load.first; d; d = d->next) {
			d->aside = true;
			queue_end_round(d->message);
		}
		worker_count(w);
	}
	accounts_clear(&f->accounts);
	f->accounts = accounts;
	return 0;
}

int64_t workers_next_due(const struct flusher *f)
{
	int64_t due = -1;

	for (const struct worker *w = f->workers; w; w = w->next) {
		int64_t end = worker_due_ms(w);

		if (due < 0 || end < due)
			due = end;
	}
	return due;
}

void workers_kill_all(struct flusher *f)
{
	while (f->workers)
		worker_end(f->workers);
}
