/* SPDX-License-Identifier: ISC */
#include "flusher/worker.h"

#include <assert.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/spawn.h"
#include "base/text.h"
#include "flusher/delivery.h"
#include "flusher/dispatch.h"
#include "flusher/trouble.h"

/* Providers close idle connections after 10 s and more; we go first. */
#define WORKER_IDLE_MS 5000

/* A courier has deadlines of its own; one that is busy for longer than all of them hangs. */
#define WORKER_HANG_MS	   ((int64_t)3600 * 1000)
#define WORKER_OCTETS_A_MS 1 /* and a slow line may take its time for a large message */
#define WORKER_END_MS	   30000 /* for saying goodbye */

/* So many couriers that died in a row, whatever they had, are not the fault of the messages. */
#define CRASHES_MAX 3

#define COURIER_NAME "mailchute-courier"

struct worker {
	struct flusher *flusher;
	struct account *account; /* NULL: a new configuration does not have it */
	pid_t pid;
	int fd; /* -1 when nothing more is to be said or heard */
	sd_event_source *io;
	sd_event_source *child;
	struct delivery *delivery; /* what it is busy with; NULL: idle */
	int64_t since_ms;	   /* idle, busy with this job, or leaving (monotonic) */
	bool retiring;
	bool exited;
	char ending[64]; /* how it ended, for people */
	struct worker *next;
};

/* Idle, and there to be given work. */
static bool is_waiting(const struct worker *w)
{
	return !w->delivery && !w->retiring && !w->exited && w->fd >= 0;
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

/* The courier lives beside mailchuted, installed or in the build tree. */
static int courier_path(char to[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return -errno;
	self[n] = '\0';
	if (snprintf(to, PATH_MAX, "%s/" COURIER_NAME, dirname(self)) >= PATH_MAX)
		return -ENAMETOOLONG;
	return 0;
}

static int spawn_courier(
	const struct flusher *f, const struct account *account, int fd, pid_t *ret_pid)
{
	char path[PATH_MAX];
	char *argv[] = { (char *)COURIER_NAME, (char *)"-c", (char *)f->conf_path,
		(char *)"-a", (char *)account->conf->name,
		f->verbose ? (char *)"-v" : NULL, NULL };
	int r = courier_path(path);

	return r < 0 ? r : spawn(path, argv, environ, fd, JOB_COURIER_FD, ret_pid);
}

static void set_down(struct worker *w)
{
	w->flusher->in_flight--;
	if (w->account)
		w->account->in_flight--;
}

static void delivery_over(struct worker *w)
{
	set_down(w);
	dispatch_end(w->flusher, w->delivery);
}

/* Tells it that nothing more comes. */
static void worker_retire(struct worker *w)
{
	w->retiring = true;
	w->since_ms = clock_mono_ms();
	shutdown(w->fd, SHUT_WR);
}

static void worker_idle(struct worker *w)
{
	w->delivery = NULL;
	w->since_ms = clock_mono_ms();
	if (w->retiring || w->flusher->stopping)
		worker_retire(w);
}

static int send_job(struct worker *w, struct delivery *d)
{
	struct buf packet = { 0 };
	int r = -ENOMEM;

	job_format(&d->job, &packet);
	if (!buf_failed(&packet))
		r = io_send_packet(w->fd, packet.data, packet.len, d->claim.fd);
	w->since_ms = clock_mono_ms();
	buf_free(&packet);
	return r;
}

int worker_give(struct worker *w, struct delivery *d)
{
	int r = send_job(w, d);

	if (r < 0)
		return r;
	w->delivery = d;
	w->flusher->in_flight++;
	w->account->in_flight++;
	return 0;
}

/* After a report: the next batch of the same message, or the end of it. */
static void worker_go_on(struct worker *w)
{
	struct flusher *f = w->flusher;
	struct delivery *d = w->delivery;

	if (!d->stopped && !f->stopping && !w->retiring) {
		int r;

		if (d->to < d->state.count) {
			delivery_note_batch(d, &f->store);
			if (dispatch_park(f, d)) {
				set_down(w);
				worker_idle(w);
				return;
			}
		}
		assert(w->account); /* without one it is retiring */
		r = delivery_next(d, f->conf, w->account->conf);
		if (r > 0 && send_job(w, d) == 0)
			return;
		if (r != 0)
			d->stopped = true; /* the rest comes with the next try */
	}
	delivery_over(w);
	worker_idle(w);
}

static bool any_delivered(const struct report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		if (report->outcomes[i].verdict == VERDICT_DELIVERED)
			return true;
	}
	return false;
}

/* What it means for other messages. */
static void conclude(
	struct worker *w, const struct report *report, const struct outcome *trouble)
{
	const char *sender = w->delivery->sender;

	if (trouble)
		w->retiring |= trouble_take(
			w->flusher, w->account, trouble, sender, report->relay);
	else if (report->outcomes[0].blame == BLAME_LINK)
		trouble_broke(
			w->flusher, w->account, &report->outcomes[0], report->relay);
	else
		trouble_over(w->flusher, w->account);
	if (any_delivered(report))
		trouble_sender_over(w->account, sender);
}

static void take_report(struct worker *w, const struct report *report)
{
	struct flusher *f = w->flusher;
	const struct outcome *trouble;

	if (!w->delivery || strcmp(report->id, w->delivery->job.id) != 0 ||
		report->count != w->delivery->job.count) {
		log_error("courier %d reported what it was not asked", (int)w->pid);
		worker_kill(w);
		return;
	}
	f->crashes = 0;
	trouble = delivery_report(w->delivery, report);
	if (w->account)
		conclude(w, report, trouble);
	worker_go_on(w);
}

/* Both the end of its packets and its exit have been seen, in whatever order. */
static void worker_ended(struct worker *w)
{
	struct flusher *f = w->flusher;

	if (w->fd >= 0 || !w->exited)
		return;
	if (w->delivery) {
		char reason[128];

		snprintf(reason, sizeof(reason),
			"the courier ended before it was done: %s", w->ending);
		/* where every courier dies, no message is to blame */
		delivery_crashed(w->delivery, reason, f->crashes < CRASHES_MAX);
		delivery_over(w);
		if (++f->crashes >= CRASHES_MAX && w->account)
			account_pause(w->account, START_RETRY_MS);
	}
	worker_free(w);
	flusher_dispatch(f);
}

static void worker_hang_up(struct worker *w)
{
	w->io = sd_event_source_disable_unref(w->io);
	cleanup_close_p(&w->fd);
	w->fd = -1;
}

static int on_packet(sd_event_source *source, int fd, uint32_t events, void *context)
{
	static struct report report; /* large; one event is handled at a time */
	struct worker *w = context;
	struct flusher *f = w->flusher;
	char *packet = malloc(JOB_PACKET_MAX);
	int passed = -1;
	ssize_t n =
		packet ? io_recv_packet(fd, packet, JOB_PACKET_MAX, &passed) : -ENOMEM;

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
	free(packet);
	return 0;
}

static int on_exit_of_child(sd_event_source *source, const siginfo_t *info, void *context)
{
	struct worker *w = context;

	(void)source;
	w->exited = true;
	if (info->si_code == CLD_EXITED)
		snprintf(w->ending, sizeof(w->ending), "exit status %d", info->si_status);
	else
		snprintf(w->ending, sizeof(w->ending), "signal %d (%s)", info->si_status,
			strsignal(info->si_status));
	if (info->si_code != CLD_EXITED || info->si_status != 0)
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
	r = spawn_courier(f, account, pair[1], &w->pid);
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

struct worker *worker_get(struct flusher *f, struct account *account)
{
	struct worker *w;
	int r;

	for (w = f->workers; w; w = w->next) {
		if (w->account == account && is_waiting(w))
			return w;
	}
	r = worker_start(f, account, &w);
	if (r == 0)
		return w;
	log_error("cannot start " COURIER_NAME ": %s", strerror(-r));
	return NULL;
}

/* When a courier's time is up: the idle one's to go, the others' to have come to an end. */
static int64_t due_ms(const struct worker *w)
{
	if (w->delivery)
		return w->since_ms + WORKER_HANG_MS +
		       (int64_t)(w->delivery->job.size / WORKER_OCTETS_A_MS);
	return w->since_ms + (is_waiting(w) ? WORKER_IDLE_MS : WORKER_END_MS);
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
		w->retiring = w->retiring || (retire && w->delivery);
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
		if (w->account && w->delivery)
			w->account->in_flight++;
		if (w->delivery) {
			w->delivery->aside = true;
			queue_end_round(w->delivery->message);
		}
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
		if (w->delivery)
			delivery_over(w);
		worker_free(w);
	}
}
