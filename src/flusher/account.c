/* SPDX-License-Identifier: ISC */
#include "flusher/account.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "mail/backoff.h"

#define MINUTE_MS ((int64_t)60 * 1000)

/* Providers lock out whoever keeps trying to log in, so a refused login waits longer. A probe of
 * the link costs little, and an outage is often over soon. */
#define LOGIN_MIN_MS (15 * MINUTE_MS)
#define LOGIN_MAX_MS (60 * MINUTE_MS)
#define LINK_MIN_MS  (MINUTE_MS / 6)
#define LINK_MAX_MS  (10 * MINUTE_MS)
#define PROBE_MS     (MINUTE_MS / 2)
#define QUOTA_MAX_MS (240 * MINUTE_MS) /* they are counted by the hour or the day */
#define SLOW_MAX_MS  (10 * MINUTE_MS)
#define PORT_KEEP_MS (60 * MINUTE_MS)

#define GROWTH 3 /* connections that are opened for each one that has worked */

#define CAREFUL_MS (60 * MINUTE_MS)
#define GEAR_MS	   (60 * MINUTE_MS)

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool is_held(const struct account *a, int64_t now_ms)
{
	return now_ms < a->hold_until_ms;
}

bool account_may_connect(const struct account *a, int64_t now_ms)
{
	return a->busy < a->conf->max_connections &&
	       (a->unproven == 0 || a->unproven < GROWTH * (a->busy - a->unproven) ||
		       now_ms >= a->patience_ms);
}

/* One message at a time after trouble, and when the provider wants it slower. */
static bool has_room(struct account *a, int64_t now_ms)
{
	if (is_held(a, now_ms) || pace_due(&a->pace, now_ms, NULL) > now_ms)
		return false;
	if (a->failures || a->pace.slowed)
		return a->in_flight == 0;
	return account_may_connect(a, now_ms) || a->full < a->busy;
}

unsigned account_ahead(const struct account *a, int64_t now_ms)
{
	if (now_ms < a->careful_until_ms)
		return 1;
	switch (a->gear) {
	case GEAR_CHUNKING: return 2 * a->conf->window;
	case GEAR_DATA: return 3;
	default: return 2;
	}
}

void account_note_gear(struct account *a, const struct report *report, int64_t now_ms)
{
	if (report->gear == GEAR_NONE)
		return;
	a->gear = report->gear;
	if (report->shifted && report->gear < account_gear_limit(a, now_ms)) {
		a->gear_limit = report->gear;
		a->gear_until_ms = now_ms + GEAR_MS;
	}
}

enum gear account_gear_limit(const struct account *a, int64_t now_ms)
{
	return now_ms < a->gear_until_ms ? a->gear_limit : GEAR_CHUNKING;
}

void account_be_careful(struct account *a, int64_t now_ms)
{
	a->careful_until_ms = now_ms + CAREFUL_MS;
}

/* When the fallback comes in (monotonic), or -1. */
static int64_t fallback_ms(const struct account *a)
{
	int64_t since_ms = a->failures ? a->failing_since_ms : a->spent_since_ms;

	if (!since_ms || !*a->conf->fallback)
		return -1;
	return since_ms + (int64_t)a->conf->fallback_after_s * 1000;
}

/* The account that stands in for it now, unless that one is in trouble too, or NULL. */
static struct account *stand_in(
	struct accounts *accounts, const struct account *a, int64_t now_ms)
{
	int64_t from = fallback_ms(a);
	struct account *other = NULL;

	if (from >= 0 && from <= now_ms)
		other = accounts_find(accounts, a->conf->fallback);
	return other && !is_held(other, now_ms) ? other : NULL;
}

struct account *accounts_pick(struct accounts *accounts, size_t number, int64_t now_ms)
{
	struct account *a = &accounts->list[number], *other;

	if (has_room(a, now_ms))
		return a;
	other = stand_in(accounts, a, now_ms);
	return other && has_room(other, now_ms) ? other : NULL;
}

bool accounts_held(struct accounts *accounts, size_t number, int64_t now_ms)
{
	struct account *a = &accounts->list[number];
	bool spent = a->spent_since_ms && pace_due(&a->pace, now_ms, NULL) > now_ms;

	return (is_held(a, now_ms) || spent) && !stand_in(accounts, a, now_ms);
}

/* The earlier of two times, of which those that are over do not count. */
static int64_t next_of(int64_t a, int64_t b, int64_t now_ms)
{
	if (b <= now_ms)
		return a;
	return a < 0 || b < a ? b : a;
}

int64_t account_due(struct account *a, int64_t now_ms)
{
	int64_t due = next_of(-1, a->hold_until_ms, now_ms);

	due = next_of(due, a->patience_ms, now_ms);
	return next_of(due, pace_due(&a->pace, now_ms, NULL), now_ms);
}

int64_t accounts_due(struct accounts *accounts, size_t number, int64_t now_ms)
{
	struct account *a = &accounts->list[number], *other;
	int64_t due = account_due(a, now_ms);

	if (accounts_pick(accounts, number, now_ms))
		return now_ms;
	if (fallback_ms(a) < 0)
		return due;
	other = accounts_find(accounts, a->conf->fallback);
	due = next_of(due, fallback_ms(a), now_ms);
	return other ? next_of(due, account_due(other, now_ms), now_ms) : due;
}

struct account *accounts_find(struct accounts *accounts, const char *name)
{
	for (size_t i = 0; i < accounts->count; i++) {
		if (strcmp(accounts->list[i].conf->name, name) == 0)
			return &accounts->list[i];
	}
	return NULL;
}

int accounts_set(
	struct accounts *accounts, const struct conf *conf, struct accounts *before)
{
	size_t count = conf->account_count + 1;
	struct account *list = calloc(count, sizeof(*list));

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct account *old;

		list[i].conf = conf_account(conf, i);
		old = accounts_find(before, list[i].conf->name);
		pace_set(&list[i].pace, list[i].conf->rate, old ? &old->pace : NULL);
		if (old) {
			list[i].senders = old->senders;
			old->senders = (struct senders){ 0 };
			senders_wake(&list[i].senders, clock_mono_ms());
		}
		if (count > 1)
			snprintf(list[i].label, sizeof(list[i].label),
				"account %s: ", list[i].conf->name);
	}
	*accounts = (struct accounts){ .list = list, .count = count };
	return 0;
}

void accounts_clear(struct accounts *accounts)
{
	for (size_t i = 0; i < accounts->count; i++)
		senders_clear(&accounts->list[i].senders);
	free(accounts->list);
	*accounts = (struct accounts){ 0 };
}

static int64_t hold_ms(const struct account *a, const struct outcome *outcome)
{
	int64_t limit = (int64_t)a->conf->retry_max_s * 1000;
	bool login = outcome->blame == BLAME_ACCOUNT;

	if (outcome->wait_s) /* the provider's rows know better */
		return backoff_ms(a->failures,
			smaller((int64_t)outcome->wait_s * 1000, limit),
			smaller(QUOTA_MAX_MS, limit), (uint32_t)random());
	return backoff_ms(a->failures, smaller(login ? LOGIN_MIN_MS : LINK_MIN_MS, limit),
		smaller(login ? LOGIN_MAX_MS : LINK_MAX_MS, limit), (uint32_t)random());
}

static void note_failure(struct account *a, int64_t now_ms)
{
	if (a->failures++ == 0)
		a->failing_since_ms = now_ms;
}

void account_trouble(struct account *a, const struct outcome *outcome, const char *relay,
	size_t waiting)
{
	int64_t now = clock_mono_ms(), wait;

	if (is_held(a, now))
		return; /* several connections met the same trouble */
	note_failure(a, now);
	a->login_refused = outcome->blame == BLAME_ACCOUNT;
	wait = hold_ms(a, outcome);
	a->hold_until_ms = now + wait;
	a->probe_ms = outcome->blame == BLAME_LINK && !a->broken ? now + PROBE_MS : 0;
	log_error("%srelay=%s: %s; %zu message%s wait%s, next try in %lld s", a->label,
		relay, outcome->text, waiting, waiting == 1 ? "" : "s",
		waiting == 1 ? "s" : "", (long long)(wait + 999) / 1000);
}

void account_slow(struct account *a, const struct outcome *outcome, const char *relay)
{
	int64_t now = clock_mono_ms(), first = (int64_t)outcome->wait_s * 1000, wait;

	if (is_held(a, now))
		return;
	pace_slow(&a->pace);
	wait = backoff_ms(a->pace.slowed, smaller(first, SLOW_MAX_MS), SLOW_MAX_MS,
		(uint32_t)random());
	a->hold_until_ms = now + wait;
	a->probe_ms = 0;
	log_warning("%srelay=%s: %s; pausing for %lld s, then over one connection",
		a->label, relay, outcome->text, (long long)(wait + 999) / 1000);
}

void account_pause(struct account *a, int64_t wait_ms)
{
	int64_t now = clock_mono_ms();

	note_failure(a, now);
	a->hold_until_ms = now + wait_ms;
	a->probe_ms = 0;
}

void account_works(struct account *a)
{
	if (a->failures)
		log_info("%sthe provider takes mail again", a->label);
	a->failures = 0;
	a->broken = 0;
	a->login_refused = false;
	pace_calm(&a->pace);
}

void account_note_port(struct account *a, const char *relay)
{
	const char *colon = strrchr(relay, ':');
	int64_t now = clock_mono_ms();
	uint64_t port;

	if (!colon || num_parse(colon + 1, strlen(colon + 1), UINT16_MAX, &port) < 0)
		return;
	if (port != a->port || now >= a->port_until_ms)
		a->port_until_ms = now + PORT_KEEP_MS;
	a->port = (uint16_t)port;
}

uint16_t account_port(const struct account *a)
{
	return clock_mono_ms() < a->port_until_ms ? a->port : a->conf->port;
}

void accounts_probe(struct accounts *accounts, int64_t now_ms)
{
	for (size_t i = 0; i < accounts->count; i++) {
		struct account *a = &accounts->list[i];

		if (a->probe_ms && now_ms >= a->probe_ms && is_held(a, now_ms))
			a->hold_until_ms = 0;
	}
}

bool accounts_flush(struct accounts *accounts, bool by_root)
{
	int64_t now = clock_mono_ms();
	bool all = true;

	for (size_t i = 0; i < accounts->count; i++) {
		struct account *a = &accounts->list[i];

		if (!a->login_refused || by_root)
			a->hold_until_ms = 0; /* one connection finds out */
		all = all && !is_held(a, now);
	}
	return all;
}
