/* SPDX-License-Identifier: ISC */
#include "flusher/worker.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "flusher/courier.h"
#include "flusher/delivery.h"
#include "flusher/dispatch.h"
#include "flusher/load.h"
#include "flusher/rates.h"
#include "flusher/trouble.h"

/* A courier has deadlines of its own; one that is busy for longer than all of them hangs. */
#define WORKER_HANG_MS	   ((int64_t)3600 * 1000)
#define WORKER_OCTETS_A_MS 1 /* and a slow line may take its time for a large message */
#define WORKER_END_MS	   30000 /* for saying goodbye */

/* So many couriers that died in a row, whatever they had, are not the fault of the messages. */
#define CRASHES_MAX 3

/* For so long others wait for a courier to get on, before they take one more connection. */
#define PATIENCE_MS 1000

/* A courier that has as many octets of messages gets no more ahead. */
#define WORKER_AHEAD_OCTETS (2 << 20)

#define NOT_RUN                                                                          \
	126 /* exit statuses from here on: a program that could not be run or loaded */

struct worker {
	struct flusher *flusher;
	struct account *account; /* NULL: a new configuration does not have it */
	pid_t pid;
	int fd; /* -1 when nothing more is to be said or heard */
	sd_event_source *io;
	sd_event_source *child;
	struct load load; /* none: it is idle */
	bool crammed;	  /* its socket took no more, and it has not reported since */
	bool busy, full;  /* as the account counts it */
	bool unproven;	  /* the same */
	bool proven;	  /* it has reported */
	int64_t since_ms; /* idle, busy without a report, or leaving (monotonic) */
	bool retiring;
	bool exited;
	bool killed;	 /* by a signal */
	bool unfit;	 /* it cannot work, whatever the message */
	char ending[64]; /* how it ended, for people */
	struct worker *next;
};

/* Idle, and there to be given work. */
static bool is_waiting(const struct worker *w)
{
	return !w->load.first && !w->retiring && !w->exited && w->fd >= 0;
}

/* Tells the account what it may expect of the courier now. */
static void count_load(struct worker *w)
{
	struct account *a = w->account;
	bool busy = w->load.first, unproven = busy && !w->proven, full;

	if (!a)
		return;
	full = busy && (w->retiring || w->exited || w->fd < 0 || w->crammed ||
			       w->load.octets >= WORKER_AHEAD_OCTETS ||
			       w->load.count >= account_ahead(a, clock_mono_ms()));
	a->busy += (unsigned)busy - (unsigned)w->busy;
	a->full += (unsigned)full - (unsigned)w->full;
	a->unproven += (unsigned)unproven - (unsigned)w->unproven;
	w->busy = busy;
	w->full = full;
	w->unproven = unproven;
}

static void worker_free(struct worker *w)
{
	struct worker **link = &w->flusher->workers;

	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	sd_event_source_disable_unref(w->io);
	sd_event_source_disable_unref(w->child);
	cleanup_close_p(&w->fd);
	free(w);
}

static void worker_kill(struct worker *w)
{
	if (w->exited)
		return;
	log_error("courier %d is killed", (int)w->pid);
	kill(w->pid, SIGKILL);
}

static void set_down(struct worker *w)
{
	w->flusher->in_flight--;
	if (w->account)
		w->account->in_flight--;
}

static void delivery_over(struct worker *w, struct delivery *d)
{
	set_down(w);
	dispatch_end(w->flusher, d);
}

/* Tells it that nothing more comes. */
static void worker_retire(struct worker *w)
{
	w->retiring = true;
	w->since_ms = clock_mono_ms();
	shutdown(w->fd, SHUT_WR);
}

/* 0 or -errno; -EAGAIN if the socket is full. */
static int send_job(struct worker *w, struct delivery *d)
{
	struct buf packet = { 0 };
	int r = -ENOMEM;

	job_format(&d->job, &packet);
	if (!buf_failed(&packet)) {
		rates_spend(w->flusher, w->account, d->job.count);
		r = io_send_packet(w->fd, packet.data, packet.len, d->claim.fd);
		if (r < 0)
			pace_give_back(&w->account->pace, d->job.count);
	}
	if (r == 0)
		load_add(&w->load, d);
	buf_free(&packet);
	return r;
}

int worker_give(struct worker *w, struct delivery *d)
{
	int r = send_job(w, d);

	if (w->load.count == 1)
		w->since_ms = clock_mono_ms();
	w->crammed = r == -EAGAIN;
	if (r == -EPIPE || r == -ECONNRESET) {
		w->retiring = true; /* it ended, and we have yet to hear of it */
		r = -EAGAIN;
	}
	if (r == 0) {
		w->flusher->in_flight++;
		w->account->in_flight++;
	}
	count_load(w);
	return r;
}

/* After a report: the next batch of the same message, or the end of it. */
static void go_on(struct worker *w, struct delivery *d)
{
	struct flusher *f = w->flusher;

	if (!d->stopped && !f->stopping && !w->retiring) {
		int r;

		if (d->to < d->state.count) {
			delivery_note_batch(d, &f->store);
			if (dispatch_park(f, d, w->account)) {
				set_down(w);
				return;
			}
		}
		assert(w->account); /* without one it is retiring */
		r = delivery_next(d, f->conf, w->account->conf,
			pace_recipients(&w->account->pace, clock_mono_ms()));
		if (r > 0 && send_job(w, d) == 0)
			return;
		if (r != 0)
			d->stopped = true; /* the rest comes with the next try */
	}
	delivery_over(w, d);
}

static void take_report(struct worker *w, const struct report *report)
{
	struct flusher *f = w->flusher;
	const struct outcome *trouble;
	struct delivery *d = w->load.first;

	if (!d || strcmp(report->id, d->job.id) != 0 || report->count != d->job.count) {
		log_error("courier %d reported what it was not asked", (int)w->pid);
		worker_kill(w);
		return;
	}
	f->crashes = 0;
	load_take(&w->load);
	w->since_ms = clock_mono_ms();
	w->crammed = false;
	w->proven = true;
	trouble = delivery_report(d, report);
	if (!d->aside && w->account != &f->accounts.list[d->account])
		d->sender_refused =
			false; /* by a fallback: its own account may take it */
	if (w->account && trouble_conclude(f, w->account, d->sender, report, trouble))
		w->retiring = true;
	go_on(w, d);
	if (!w->load.first && (w->retiring || f->stopping))
		worker_retire(w);
	count_load(w);
}

/*
 * The courier died. With several messages, nobody knows over which of them: that shows when each goes
 * alone, and then it counts; but where every courier dies, no message is to blame, nor where one ends
 * by itself.
 */
static void take_back(struct worker *w)
{
	struct flusher *f = w->flusher;
	bool alone = w->load.count == 1;
	bool counts = alone && w->killed && f->crashes < CRASHES_MAX;
	char reason[128];

	snprintf(reason, sizeof(reason), "the courier ended before it was done: %s",
		w->ending);
	if (!alone && w->account)
		account_be_careful(w->account, clock_mono_ms());
	while (w->load.first) {
		struct delivery *d = load_take(&w->load);

		delivery_crashed(d, reason, counts);
		delivery_over(w, d);
	}
	count_load(w);
	if (++f->crashes >= CRASHES_MAX && w->account)
		account_pause(w->account, START_RETRY_MS);
}

/* It could not even start: nothing of what it has was tried. */
static void put_back(struct worker *w)
{
	while (w->load.first) {
		struct delivery *d = load_take(&w->load);

		d->stopped = true;
		delivery_over(w, d);
	}
	count_load(w);
	if (w->account)
		trouble_courier(w->flusher, w->account, w->ending);
}

/* Both the end of its packets and its exit have been seen, in whatever order. */
static void worker_ended(struct worker *w)
{
	struct flusher *f = w->flusher;

	if (w->fd >= 0 || !w->exited)
		return;
	if (w->load.first && w->unfit)
		put_back(w);
	else if (w->load.first)
		take_back(w);
	worker_free(w);
	flusher_dispatch(f);
}

static void worker_hang_up(struct worker *w)
{
	w->io = sd_event_source_disable_unref(w->io);
	cleanup_close_p(&w->fd);
	w->fd = -1;
	count_load(w);
}

static int on_packet(sd_event_source *source, int fd, uint32_t events, void *context)
{
	static struct report report; /* large; one event is handled at a time */
	struct worker *w = context;
	struct flusher *f = w->flusher;
	static char packet[JOB_PACKET_MAX];
	int passed = -1;
	ssize_t n = io_recv_packet(fd, packet, sizeof(packet), &passed);

	(void)source;
	(void)events;
	cleanup_close_p(&passed); /* a courier has nothing to pass */
	if (n > 0 && report_parse(packet, (size_t)n, &report) == 0) {
		take_report(w, &report);
		flusher_dispatch(f);
	} else if (n > 0) {
		log_error("courier %d reported what cannot be understood", (int)w->pid);
		worker_kill(w);
	} else if (n != -EAGAIN) {
		worker_hang_up(w);
		worker_ended(w);
	}
	return 0;
}

static int on_exit_of_child(sd_event_source *source, const siginfo_t *info, void *context)
{
	struct worker *w = context;

	(void)source;
	w->exited = true;
	w->killed = info->si_code != CLD_EXITED;
	w->unfit = !w->killed &&
		   (info->si_status == EX_CONFIG || info->si_status >= NOT_RUN);
	count_load(w);
	if (!w->killed)
		snprintf(w->ending, sizeof(w->ending), "exit status %d", info->si_status);
	else
		snprintf(w->ending, sizeof(w->ending), "signal %d (%s)", info->si_status,
			strsignal(info->si_status));
	if (w->killed || info->si_status != 0)
		log_error("courier %d ended with %s", (int)w->pid, w->ending);
	worker_ended(w);
	return 0;
}

static int watch(struct worker *w)
{
	sd_event *event = w->flusher->event;
	int r = sd_event_add_io(event, &w->io, w->fd, EPOLLIN, on_packet, w);

	if (r >= 0)
		r = sd_event_add_child(
			event, &w->child, w->pid, WEXITED, on_exit_of_child, w);
	return r < 0 ? r : 0;
}

static int worker_start(struct flusher *f, struct account *account, struct worker **ret)
{
	struct worker *w = calloc(1, sizeof(*w));
	int pair[2], r;

	if (!w)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		free(w);
		return -errno;
	}
	w->flusher = f;
	w->account = account;
	w->fd = pair[0];
	w->since_ms = clock_mono_ms();
	w->next = f->workers;
	f->workers = w;
	account->patience_ms = w->since_ms + PATIENCE_MS;
	/* what it does not take at once waits in the queue, not here */
	r = fcntl(w->fd, F_SETFL, O_NONBLOCK) < 0
		    ? -errno
		    : courier_spawn(f, account, pair[1], &w->pid);
	close(pair[1]);
	if (r == 0) {
		r = watch(w);
		if (r < 0) {
			kill(w->pid, SIGKILL);
			waitpid(w->pid, NULL, 0);
		}
	}
	if (r < 0) {
		worker_free(w);
		return r;
	}
	*ret = w;
	return 0;
}

int worker_get(struct flusher *f, struct account *account, struct worker **ret)
{
	int64_t now = clock_mono_ms();
	struct worker *least = NULL;

	for (struct worker *w = f->workers; w; w = w->next) {
		if (w->account == account && is_waiting(w)) {
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

		if (r == 0 || !least)
			return r;
	}
	*ret = least;
	return 0;
}

/* When a courier's time is up: the idle one's to go, the others' to have come to an end. */
static int64_t due_ms(const struct worker *w)
{
	if (w->load.first)
		return w->since_ms + WORKER_HANG_MS +
		       (int64_t)(w->load.octets / WORKER_OCTETS_A_MS);
	if (is_waiting(w))
		return w->since_ms +
		       (w->account ? (int64_t)w->account->conf->max_idle_s * 1000 : 0);
	return w->since_ms + WORKER_END_MS;
}

void worker_dismiss(struct flusher *f, bool all, bool retire)
{
	int64_t now = clock_mono_ms();

	for (struct worker *w = f->workers; w; w = w->next) {
		bool due = now >= due_ms(w);

		if (is_waiting(w) && (all || due)) {
			worker_retire(w);
		} else if (due) {
			log_error("courier %d hangs", (int)w->pid);
			worker_kill(w);
			w->since_ms = now; /* it may take a moment */
		}
		w->retiring = w->retiring || (retire && w->load.first);
		count_load(w);
	}
}

int worker_set_accounts(struct flusher *f, const struct conf *conf)
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
		count_load(w);
	}
	accounts_clear(&f->accounts);
	f->accounts = accounts;
	return 0;
}

int64_t worker_next_due(const struct flusher *f)
{
	int64_t due = -1;

	for (const struct worker *w = f->workers; w; w = w->next) {
		int64_t end = due_ms(w);

		if (due < 0 || end < due)
			due = end;
	}
	return due;
}

void worker_kill_all(struct flusher *f)
{
	while (f->workers) {
		struct worker *w = f->workers;

		if (!w->exited) {
			kill(w->pid, SIGKILL);
			waitpid(w->pid, NULL, 0);
		}
		while (w->load.first)
			delivery_over(w, load_take(&w->load));
		worker_free(w);
	}
}
