/* SPDX-License-Identifier: ISC */
#include "flusher/flusher.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>
#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "flusher/dispatch.h"
#include "flusher/rates.h"
#include "flusher/scan.h"
#include "flusher/trouble.h"
#include "flusher/workers.h"

#define TURN_MS 100 /* of handing out messages, before other events have their turn */
#define STOP_TIMEOUT_US                                                                  \
	((uint64_t)20 * 1000 * 1000) /* below the unit's TimeoutStopSec= */

/* Milliseconds of an empty queue after which to leave; 0: never. */
static int64_t idle_exit_ms(const struct flusher *f)
{
	return f->foreground ? 0 : (int64_t)f->conf->idle_exit_s * 1000;
}

static bool is_idle(const struct flusher *f)
{
	return f->queue.count == 0 && !f->workers && !f->scan.dir;
}

void flusher_forget(struct flusher *f, struct message *m)
{
	struct queue_limit limit = scan_limit(f->conf);

	if (queue_forget(&f->queue, m, &limit))
		scan_new(f);
}

static void set_status(struct flusher *f)
{
	const char *alert = alert_text(&f->alerts);
	char pace[RATES_TEXT_MAX];
	size_t ready = f->queue.count - f->queue.sleepers.count - f->in_flight;

	sd_notifyf(false,
		"STATUS=%zu queued: %zu in flight, %zu ready, %zu deferred%s%s%s",
		f->queue.count, f->in_flight, ready, f->queue.sleepers.count,
		rates_text(f, pace), alert ? "; " : "", alert ? alert : "");
}

/* Somebody asked with sendmail -q, and it is time. */
static void flush(struct flusher *f, int64_t now)
{
	bool by_root;

	if (!flush_take(&f->flush, now, &by_root))
		return;
	if (accounts_flush(&f->accounts, by_root))
		log_info("a flush was asked for; all waiting mail is tried now");
	else
		log_info("a flush was asked for, but the login was refused: only root's "
			 "flush tries it again now");
	f->hold_until_ms = 0;
	queue_wake_all(&f->queue);
}

/* The earlier of two times, where -1 means never. */
static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}

static void set_timer(struct flusher *f, int64_t now)
{
	int64_t due = sooner(sleepers_next_due(&f->queue.sleepers), workers_next_due(f));

	due = sooner(due, publish_due(&f->publisher, &f->queue, &f->alerts));
	due = sooner(due, alert_due(&f->alerts, f->conf));
	due = sooner(due, junk_due(&f->store.junk));
	if (!f->stopping)
		due = sooner(sooner(due, flush_due(&f->flush)), dispatch_due(f, now));
	if (f->scan_at_ms)
		due = sooner(due, f->scan_at_ms);
	if (f->scan.dir && !f->stopping)
		due = now;
	if (is_idle(f) && idle_exit_ms(f))
		due = sooner(due, f->empty_since_ms + idle_exit_ms(f));
	if (due < 0) {
		sd_event_source_set_enabled(f->timer, SD_EVENT_OFF);
		return;
	}
	sd_event_source_set_time(f->timer, (uint64_t)due * 1000 + 999);
	sd_event_source_set_enabled(f->timer, SD_EVENT_ONESHOT);
}

static void check_end(struct flusher *f, int64_t now)
{
	if (!is_idle(f)) {
		f->empty_since_ms = now;
		if (f->stopping && !f->workers)
			sd_event_exit(f->event, 0);
		return;
	}
	if (f->stopping) {
		sd_event_exit(f->event, 0);
	} else if (idle_exit_ms(f) && now - f->empty_since_ms >= idle_exit_ms(f)) {
		if (store_is_empty(&f->store)) {
			log_debug("the queue is empty; leaving");
			sd_event_exit(f->event, 0);
		} else {
			scan_new(f); /* something was missed, or cannot be moved away */
		}
		f->empty_since_ms = now;
	}
}

void flusher_dispatch(struct flusher *f)
{
	int64_t now = clock_mono_ms(), until = now + TURN_MS, due;

	flush(f, now);
	queue_wake(&f->queue, now);
	workers_dismiss(f, f->stopping, f->stopping);
	if (!f->stopping)
		dispatch(f, until);
	now = clock_mono_ms();
	trouble_look(f, now);
	rates_look(f, now);
	junk_tell(&f->store.junk, now);
	alert_run(&f->alerts, f->conf);
	due = publish_due(&f->publisher, &f->queue, &f->alerts);
	if (due >= 0 && now >= due)
		publish(&f->publisher, &f->queue, &f->alerts, f->store.path);
	check_end(f, now);
	set_timer(f, now);
	set_status(f);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *context)
{
	struct flusher *f = context;

	(void)source;
	(void)usec;
	scan_go_on(f, clock_mono_ms() + TURN_MS / 2);
	flusher_dispatch(f);
	return 0;
}

static int on_inotify(
	sd_event_source *source, const struct inotify_event *event, void *context)
{
	struct flusher *f = context;

	(void)source;
	if (event->mask & IN_IGNORED) {
		log_error("spool: the directory new/ was removed; starting afresh");
		return sd_event_exit(f->event, -ESTALE);
	}
	if (event->mask & IN_Q_OVERFLOW)
		scan_new(f);
	else if (event->len)
		scan_found(f, event->name);
	flusher_dispatch(f);
	return 0;
}

static int on_stop_timeout(sd_event_source *source, uint64_t usec, void *context)
{
	struct flusher *f = context;

	(void)source;
	(void)usec;
	log_warning("couriers did not end in time and are killed; what they had is sent "
		    "after the next start");
	sd_event_exit(f->event, 0);
	return 0;
}

static int on_stop(
	sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	struct flusher *f = context;

	(void)source;
	(void)info;
	if (f->stopping)
		return 0;
	f->stopping = true;
	sd_notify(false, "STOPPING=1");
	sd_event_add_time_relative(
		f->event, NULL, CLOCK_MONOTONIC, STOP_TIMEOUT_US, 0, on_stop_timeout, f);
	flusher_dispatch(f);
	return 0;
}

/* Puts *CONF in force, which may be the one that is; all accounts are free to go. */
static int take_conf(struct flusher *f, struct conf *conf)
{
	int r = workers_set_accounts(f, conf);

	if (r < 0) {
		if (conf != f->conf)
			conf_free(conf);
		return r;
	}
	if (conf != f->conf)
		conf_free(f->conf);
	f->conf = conf;
	f->turn = 0;
	dispatch_close_parked(f);
	queue_unroute(&f->queue);
	alert_keep(&f->alerts, conf);
	rates_save(f, false);
	return 0;
}

/* SIGHUP: the configuration anew, and everything that waits is tried at once. */
static int on_reload(
	sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	struct flusher *f = context;
	struct buf errors = { 0 };
	struct conf *conf = NULL;

	(void)source;
	(void)info;
	if (f->stopping)
		return 0;
	sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%lld",
		(long long)clock_mono_ms() * 1000);
	if (conf_load(f->conf_path, &conf, &errors) < 0)
		log_error_lines(buf_cstr(&errors) ? errors.data : "out of memory");
	if (take_conf(f, conf ? conf : f->conf) < 0)
		log_error("out of memory");
	else if (conf)
		log_info("configuration reloaded; all waiting mail is tried now");
	if (f->conf != conf)
		log_error("no mail goes out until that is mended");
	buf_free(&errors);
	alias_file_forget(&f->alias_file);
	workers_dismiss(f, true, true);
	f->hold_until_ms = 0;
	queue_wake_all(&f->queue);
	scan_new(f);
	sd_notify(false, "READY=1");
	flusher_dispatch(f);
	return 0;
}

static int watch_signals(struct flusher *f)
{
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	r = sd_event_add_signal(f->event, NULL, SIGTERM, on_stop, f);
	if (r >= 0)
		r = sd_event_add_signal(f->event, NULL, SIGINT, on_stop, f);
	if (r >= 0)
		r = sd_event_add_signal(f->event, NULL, SIGHUP, on_reload, f);
	return r;
}

/* The watch comes before the first scan, so that nothing falls between. */
static int watch_spool(struct flusher *f)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/new", f->store.path);
	return sd_event_add_inotify(f->event, &f->watch, path,
		IN_CREATE | IN_MOVED_TO | IN_ONLYDIR, on_inotify, f);
}

static int prepare(struct flusher *f)
{
	int r = sd_event_new(&f->event);

	f->alerts.event = f->event;
	if (r >= 0)
		r = watch_signals(f);
	if (r >= 0)
		r = sd_event_add_time(
			f->event, &f->timer, CLOCK_MONOTONIC, 0, 1000, on_timer, f);
	if (r >= 0)
		r = watch_spool(f);
	if (r >= 0)
		r = sd_event_set_watchdog(f->event, true);
	if (r < 0)
		log_error("cannot set up the event loop: %s", strerror(-r));
	return r < 0 ? r : 0;
}

int flusher_run(struct flusher *f)
{
	int r = accounts_set(&f->accounts, f->conf, &f->accounts);

	if (r == 0)
		r = prepare(f);
	if (r == 0)
		rates_load(f);
	f->empty_since_ms = clock_mono_ms();
	if (r == 0)
		r = scan_all(f);
	if (r == 0) {
		sd_notify(false, "READY=1");
		flusher_dispatch(f);
		r = sd_event_loop(f->event);
		if (r < 0)
			log_error("the event loop failed: %s", strerror(-r));
	}
	f->stopping = true;
	workers_kill_all(f);
	rates_save(f, true);
	publish(&f->publisher, &f->queue, &f->alerts, f->store.path);
	fsync(f->store.cur_fd); /* what was delivered stays gone after a power cut */
	accounts_clear(&f->accounts);
	walk_close(&f->scan);
	dispatch_close_parked(f);
	queue_free(&f->queue);
	sd_event_source_unref(f->timer);
	sd_event_source_unref(f->watch);
	sd_event_unref(f->event);
	return r;
}
