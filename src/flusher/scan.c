/* SPDX-License-Identifier: ISC */
#include "flusher/scan.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "mail/spool.h"

#define JUNK_LOG_MS 10000
#define PIECE	    1000 /* entries that are looked at before the time is */
#define FIRST_MS    300	 /* of looking through new/ before anything is sent */

/* What is no message is put aside, with one line for all that comes within a while. */
static void set_aside(struct flusher *f, enum store_folder folder, const char *name)
{
	char new_name[64];
	int r = store_set_aside(&f->store, folder, name, new_name);

	if (r == 0)
		junk_note(&f->store.junk, "it is no message", new_name);
	else if (r != -ENOENT && f->stuck++ == 0)
		log_error("spool: what is no message in %s/ cannot be moved away: %s",
			folder == STORE_NEW ? "new" : "cur", strerror(-r));
}

struct queue_limit scan_limit(const struct conf *conf)
{
	return (struct queue_limit){ .messages = conf->user_messages,
		.octets = (uint64_t)conf->user_megabytes << 20 };
}

/* One user's are left where they are, until others of theirs are done. */
static void leave(const struct arrival *arrival, struct flusher *f)
{
	if (f->left_uid == arrival->uid && clock_mono_ms() < f->left_ms)
		return;
	f->left_uid = arrival->uid;
	f->left_ms = clock_mono_ms() + JUNK_LOG_MS;
	log_warning("spool: user %u has as much mail in the queue as one may have "
		    "(user-messages, user-megabytes); the rest waits in new/",
		(unsigned)arrival->uid);
}

/* Somebody chose a name that a message in cur/ has: it would wait until that one is done. */
static void rename_new(struct flusher *f, const char *name)
{
	int r = store_rename(&f->store, name);

	if (r < 0 && r != -ENOENT)
		log_error("%s: there is another message of that name, and it cannot be "
			  "renamed: %s",
			name, strerror(-r));
}

/* Something was not seen, for want of memory or descriptors. */
static void scan_later(struct flusher *f, int error)
{
	if (f->scan_error != error)
		log_error("spool: cannot look through the queue: %s; that is tried again "
			  "in %d s",
			strerror(-error), START_RETRY_MS / 1000);
	f->scan_error = error;
	f->scan_at_ms = clock_mono_ms() + START_RETRY_MS;
}

/* What is there, or NULL if it is no message that is new to us. */
static struct message *add(struct flusher *f, enum store_folder folder, const char *name,
	const struct queue_limit *limit)
{
	struct arrival arrival = { .id = name };
	struct message *m = NULL;
	int r = store_look(&f->store, folder, name, &arrival.uid, &arrival.octets);

	if (r == -EBADMSG)
		set_aside(f, folder, name);
	if (r < 0)
		return NULL;
	switch (queue_add(&f->queue, &arrival, limit, &m)) {
	case QUEUE_ADDED: return m;
	case QUEUE_KNOWN:
		if (folder == STORE_NEW && m->claimed)
			rename_new(f, name);
		break;
	case QUEUE_FULL: leave(&arrival, f); break;
	case QUEUE_MEMORY: scan_later(f, -ENOMEM); break;
	}
	return NULL;
}

void scan_found(struct flusher *f, const char *name)
{
	struct queue_limit limit = scan_limit(f->conf);
	bool by_root;

	if (strcmp(name, SPOOL_FLUSH) == 0 && store_take_flush(&f->store, &by_root) == 0)
		flush_ask(&f->flush, by_root);
	else if (!spool_id_valid(name))
		set_aside(f, STORE_NEW, name);
	else if (add(f, STORE_NEW, name, &limit))
		accounts_probe(&f->accounts, clock_mono_ms());
}

static void found_new(void *context, const char *name)
{
	scan_found(context, name);
}

/* What lies in cur/ was claimed by a flusher before us. */
static void found_cur(void *context, const char *name)
{
	static const struct queue_limit none;
	struct flusher *f = context;
	struct message *m;

	if (store_is_state(&f->store, name))
		return;
	if (!spool_id_valid(name)) {
		set_aside(f, STORE_CUR, name);
		return;
	}
	m = add(f, STORE_CUR, name, &none);
	if (m)
		m->claimed = true;
}

static void tell_stuck(const struct flusher *f)
{
	if (f->stuck > 1)
		log_error("spool: %zu entries of new/ are no messages and cannot be "
			  "moved away; remove them by hand",
			f->stuck);
}

static void scan_start(struct flusher *f)
{
	int r = store_walk(&f->store, STORE_NEW, &f->scan);

	f->stuck = 0;
	f->scan_again = false;
	if (r < 0)
		scan_later(f, r);
}

void scan_new(struct flusher *f)
{
	if (f->scan.dir)
		f->scan_again = true;
	else
		scan_start(f);
}

void scan_go_on(struct flusher *f, int64_t until_ms)
{
	if (f->scan_at_ms && clock_mono_ms() >= f->scan_at_ms) {
		f->scan_at_ms = 0;
		scan_new(f);
	}
	while (f->scan.dir && clock_mono_ms() < until_ms) {
		int r = walk_on(&f->scan, PIECE, found_new, f);

		if (r < 0)
			scan_later(f, r);
		if (r > 0)
			continue;
		tell_stuck(f);
		if (!f->scan_at_ms)
			f->scan_error = 0;
		if (f->scan_again)
			scan_start(f);
	}
}

/* Reads when the message is due, and puts it to sleep until then. */
static void recall(struct flusher *f, struct message *m)
{
	int64_t limit = (int64_t)f->conf->retry_max_s * 1000;
	struct state state = { 0 };
	int64_t wait;
	int r = store_read_state(&f->store, m->id, &state);

	m->has_state =
		r != 0; /* one that cannot be read is looked at again before sending */
	if (r != 1) {
		queue_ready(&f->queue, m); /* it was in flight: behind the others */
		return;
	}
	wait = state.next_ms - clock_real_ms();
	if (wait > limit) /* the clock was set back */
		wait = limit;
	if (wait > 0)
		queue_sleep(&f->queue, m, clock_mono_ms() + wait);
	else
		queue_ready(&f->queue, m);
	state_clear(&state);
}

int scan_all(struct flusher *f)
{
	struct message *m, *claimed = NULL, **end = &claimed;
	unsigned cleaned = store_clean_tmp(&f->store);
	struct walk cur = { 0 };
	int r;

	if (cleaned)
		log_info("spool: removed %u abandoned file%s from tmp/", cleaned,
			cleaned == 1 ? "" : "s");
	r = store_walk(&f->store, STORE_CUR, &cur);
	if (r == 0)
		r = walk_on(&cur, SIZE_MAX, found_cur, f);
	walk_close(&cur);
	if (r == 0 && f->scan_at_ms)
		r = -ENOMEM; /* what is not seen of cur/ now never is */
	if (r < 0) {
		log_error("spool: cannot read cur/: %s", strerror(-r));
		return r;
	}
	while ((m = queue_take(&f->queue, QUEUE_UNROUTED))) {
		*end = m;
		end = &m->next;
	}
	scan_new(f);
	scan_go_on(f, clock_mono_ms() + FIRST_MS);
	while ((m = claimed)) {
		claimed = m->next;
		recall(f, m);
	}
	return 0;
}
