/* SPDX-License-Identifier: ISC */
#include "flusher/rates.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/num.h"
#include "flusher/dispatch.h"

#define FILE_NAME    "rates"
#define FIRST_LINE   "mailchute-rates 1\n"
#define RUNNING_LINE "running\n"
#define FILE_MAX     (1 << 20)

#define KEPT_S	60    /* rates from here on are in the file */
#define NOTED_S 3600  /* and of these, what is sent is there before it goes */
#define SHARES	50    /* in so many parts */
#define LONG_MS 60000 /* a wait of which somebody wants to know */

static unsigned weight(const struct meter *m, unsigned recipients)
{
	return m->rate.recipients ? recipients : 1;
}

static int open_spool(const struct flusher *f)
{
	int fd = open(f->store.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static void format_meter(
	struct buf *out, const char *account, const struct meter *m, bool end)
{
	buf_addf(out, "sent %s %u %s %" PRIi64, account, m->rate.period_s,
		m->rate.recipients ? "recipients" : "messages", clock_real_ms());
	for (int64_t age = 0; age < PACE_SLOTS; age++) {
		bool ahead = !end && age == 0 && m->noted_slot == m->slot;

		buf_addf(out, " %u",
			m->sent[(m->slot - age) % PACE_SLOTS] + (ahead ? m->noted : 0));
	}
	buf_addc(out, '\n');
}

/* False if there is nothing to keep. */
static bool format(struct flusher *f, struct buf *out, bool end)
{
	int64_t now = clock_mono_ms();
	bool any = false;

	buf_adds(out, FIRST_LINE);
	if (!end)
		buf_adds(out, RUNNING_LINE);
	for (size_t i = 0; i < f->accounts.count; i++) {
		struct account *a = &f->accounts.list[i];

		for (size_t j = 0; j < a->pace.count; j++) {
			struct meter *m = &a->pace.meters[j];

			if (m->rate.period_s < KEPT_S)
				continue;
			meter_advance(m, now);
			format_meter(out, a->conf->name, m, end);
			any = true;
		}
	}
	return any;
}

void rates_save(struct flusher *f, bool end)
{
	CLEANUP(buf_free) struct buf out = { 0 };
	CLEANUP_CLOSE int dir_fd = -1;
	int r;

	if (!format(f, &out, end))
		return;
	r = dir_fd = open_spool(f);
	if (r >= 0)
		r = buf_failed(&out)
			    ? -ENOMEM
			    : io_replace_file(dir_fd, FILE_NAME, out.data, out.len);
	if (r < 0 && r != f->rates_error)
		log_warning("%s/" FILE_NAME ": cannot be written: %s; after a restart, "
			    "more may be sent than the rates allow",
			f->store.path, strerror(-r));
	f->rates_error = r < 0 ? r : 0;
}

/* What was sent while the flusher before ran, or for how long, is not known: they count as used up. */
static void fill_short(struct accounts *accounts, int64_t now_ms)
{
	for (size_t i = 0; i < accounts->count; i++) {
		struct pace *p = &accounts->list[i].pace;

		for (size_t j = 0; j < p->count; j++) {
			struct meter *m = &p->meters[j];

			meter_advance(m, now_ms);
			if (m->rate.period_s >= KEPT_S && m->rate.period_s < NOTED_S)
				m->sent[m->slot % PACE_SLOTS] = m->rate.count;
		}
	}
}

/* The next word of the line is a number. */
static bool take_number(char **line, uint64_t max, uint64_t *ret)
{
	const char *word = strsep(line, " ");

	return word && num_parse(word, strlen(word), max, ret) == 0;
}

/* The counts of a line. A clock that was set back makes them new. */
static bool take_counts(struct meter *m, char *line, int64_t written_ms)
{
	int64_t passed = clock_real_ms() - written_ms, slots;

	meter_advance(m, clock_mono_ms());
	slots = passed > 0 ? passed / meter_slot_ms(m) : 0;
	for (int64_t age = 0; age < PACE_SLOTS; age++) {
		uint64_t sent;

		if (!take_number(&line, UINT_MAX / 4, &sent))
			return false;
		if (age + slots < PACE_SLOTS)
			m->sent[(m->slot - age - slots) % PACE_SLOTS] += (unsigned)sent;
	}
	return !line;
}

/* What concerns no rate that there is now is passed over. */
static bool take_line(struct flusher *f, char *line)
{
	const char *word = strsep(&line, " "), *name = strsep(&line, " "), *what;
	uint64_t period_s, written_ms;
	struct account *account;
	struct meter *m = NULL;

	if (strcmp(word, "sent") != 0 || !name ||
		!take_number(&line, UINT_MAX, &period_s))
		return false;
	what = strsep(&line, " ");
	if (!what || !take_number(&line, INT64_MAX, &written_ms))
		return false;
	account = accounts_find(&f->accounts, name);
	if (account && period_s >= KEPT_S)
		m = pace_find(&account->pace, (unsigned)period_s,
			strcmp(what, "recipients") == 0);
	return !m || take_counts(m, line, (int64_t)written_ms);
}

static bool take_file(struct flusher *f, char *text)
{
	char *rest = NULL, *line;
	bool good = true;

	if (strncmp(text, FIRST_LINE, strlen(FIRST_LINE)) != 0)
		return false;
	text += strlen(FIRST_LINE);
	if (strncmp(text, RUNNING_LINE, strlen(RUNNING_LINE)) == 0) {
		fill_short(&f->accounts, clock_mono_ms());
		text += strlen(RUNNING_LINE);
	}
	while (good && (line = strtok_r(text, "\n", &rest))) {
		good = take_line(f, line);
		text = NULL;
	}
	return good;
}

void rates_load(struct flusher *f)
{
	CLEANUP(buf_free) struct buf text = { 0 };
	CLEANUP_CLOSE int dir_fd = open_spool(f);
	int r = dir_fd < 0 ? dir_fd : io_read_file(dir_fd, FILE_NAME, FILE_MAX, &text);

	if (r == 0 && buf_cstr(&text) && !take_file(f, text.data))
		r = -EBADMSG;
	if (r < 0 && r != -ENOENT)
		log_warning("%s/" FILE_NAME ": cannot be read: %s; what was sent before "
			    "does not count",
			f->store.path, strerror(-r));
	rates_save(f, false);
}

void rates_spend(struct flusher *f, struct account *account, unsigned recipients)
{
	struct pace *p = &account->pace;
	bool save = false;

	pace_take(p, recipients, clock_mono_ms());
	for (size_t i = 0; i < p->count; i++) {
		struct meter *m = &p->meters[i];
		unsigned n = weight(m, recipients);

		if (m->rate.period_s < NOTED_S)
			continue;
		if (m->noted_slot == m->slot && m->noted >= n) {
			m->noted -= n;
			continue;
		}
		m->noted = m->rate.count / SHARES;
		m->noted_slot = m->slot;
		save = true;
	}
	if (save)
		rates_save(f, false);
}

static void tell(struct flusher *f, const struct account *a, const struct rate *full,
	int64_t wait_ms)
{
	time_t at = (time_t)((clock_real_ms() + wait_ms + 999) / 1000);
	char text[OUTCOME_TEXT_MAX], words[RATE_WORDS], when[32] = "";
	struct tm tm;

	rate_format(full, words);
	if (localtime_r(&at, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%srate %s is used up; mail goes on at %s", a->label,
		words, when);
	alert_raise(&f->alerts, ALERT_RATE, a->conf->name, text);
}

void rates_look(struct flusher *f, int64_t now_ms)
{
	for (size_t i = 0; i < f->accounts.count; i++) {
		struct account *a = &f->accounts.list[i];
		const struct rate *full = NULL;
		int64_t wait_ms = pace_due(&a->pace, now_ms, &full) - now_ms;
		bool waits = dispatch_waiting(f, a) > a->in_flight;

		if (wait_ms > LONG_MS && waits) {
			if (!a->spent_since_ms)
				a->spent_since_ms = now_ms;
			tell(f, a, full, wait_ms);
		} else if (a->spent_since_ms && wait_ms <= 0 &&
			   !(waits && pace_is_pressed(&a->pace, now_ms))) {
			a->spent_since_ms = 0;
			alert_clear(&f->alerts, ALERT_RATE, a->conf->name);
		}
	}
}

const char *rates_text(struct flusher *f, char to[RATES_TEXT_MAX])
{
	int64_t now = clock_mono_ms();

	for (size_t i = 0; i < f->accounts.count; i++) {
		struct account *a = &f->accounts.list[i];
		const struct rate *full = NULL;
		char words[RATE_WORDS];

		if (pace_due(&a->pace, now, &full) <= now ||
			dispatch_waiting(f, a) <= a->in_flight)
			continue;
		rate_format(full, words);
		snprintf(to, RATES_TEXT_MAX, "; %s%s reached", a->label, words);
		return to;
	}
	return "";
}
