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

/* A courier that has as many octets of messages gets no more ahead. */
#define WORKER_AHEAD_OCTETS (2 << 20)

#define NOT_RUN                                                                          \
	126 /* exit statuses from here on: a program that could not be run or loaded */

bool worker_is_waiting(const struct worker *w)
{
	return !w->load.first && !w->retiring && !w->lost && !w->exited && w->fd >= 0;
}

void worker_count(struct worker *w)
{
	struct account *a = w->account;
	/* until a lost one is buried, it keeps others from being started in its place */
	bool busy = w->load.first || w->lost, unproven = busy && !w->proven, full;

	if (!a)
		return;
	full = busy && (w->retiring || w->lost || w->exited || w->fd < 0 || w->crammed ||
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

	w->lost = false;
	worker_count(w);
	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	sd_event_source_disable_unref(w->io);
	sd_event_source_disable_unref(w->child);
	cleanup_close_p(&w->fd);
	free(w);
}

void worker_kill(struct worker *w)
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

void worker_retire(struct worker *w)
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
		w->lost = true;
		w->since_ms = clock_mono_ms();
		r = -EAGAIN;
	}
	if (r == 0) {
		w->flusher->in_flight++;
		w->account->in_flight++;
	}
	worker_count(w);
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
	worker_count(w);
}

/*
 * The courier died. With several messages, nobody knows over which of them: that shows when each goes
 * alone, and then it counts; but where every courier dies, no message is to blame, nor where one ends
 * by itself.
 */
static void take_back(struct worker *w)
{
	struct flusher *f = w->flusher;
	bool counts = w->load.count == 1 && w->killed && f->crashes < CRASHES_MAX;
	char reason[128];

	snprintf(reason, sizeof(reason), "the courier ended before it was done: %s",
		w->ending);
	if (w->load.count > 1 && w->account)
		account_be_careful(w->account, clock_mono_ms());
	while (w->load.first) {
		struct delivery *d = load_take(&w->load);

		delivery_crashed(d, reason, counts);
		delivery_over(w, d);
	}
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
	if (w->account)
		trouble_courier(w->flusher, w->account, w->ending);
}

/* Both the end of its packets and its exit have been seen, in whatever order. */
static void worker_ended(struct worker *w)
{
	struct flusher *f = w->flusher;

	if (w->fd >= 0 || !w->exited)
		return;
	if (w->unfit)
		put_back(w);
	else if (w->load.first || w->lost)
		take_back(w);
	worker_free(w);
	flusher_dispatch(f);
}

static void worker_hang_up(struct worker *w)
{
	w->io = sd_event_source_disable_unref(w->io);
	cleanup_close_p(&w->fd);
	w->fd = -1;
	worker_count(w);
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
	worker_count(w);
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

int worker_start(struct flusher *f, struct account *account, struct worker **ret)
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

int64_t worker_due_ms(const struct worker *w)
{
	if (w->load.first)
		return w->since_ms + WORKER_HANG_MS +
		       (int64_t)(w->load.octets / WORKER_OCTETS_A_MS);
	if (worker_is_waiting(w))
		return w->since_ms +
		       (w->account ? (int64_t)w->account->conf->max_idle_s * 1000 : 0);
	return w->since_ms + WORKER_END_MS;
}

void worker_end(struct worker *w)
{
	if (!w->exited) {
		kill(w->pid, SIGKILL);
		waitpid(w->pid, NULL, 0);
	}
	while (w->load.first)
		delivery_over(w, load_take(&w->load));
	worker_free(w);
}
