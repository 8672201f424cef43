/* SPDX-License-Identifier: ISC */
#include "flusher/account.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "mail/backoff.h"

#define MINUTE_MS ((int64_t)60 * 1000)

/* Providers lock out whoever keeps trying to log in, so a refused login waits longer. A probe of
 * the link costs little, and an outage is often over soon. */
#define LOGIN_MIN_MS (15 * MINUTE_MS)
#define LOGIN_MAX_MS (60 * MINUTE_MS)
#define LINK_MIN_MS  (MINUTE_MS / 6)
#define LINK_MAX_MS  (10 * MINUTE_MS)
#define QUOTA_MAX_MS (4 * 60 * MINUTE_MS) /* they are counted by the hour or the day */
#define SLOW_MAX_MS  (10 * MINUTE_MS)
#define CALM_AFTER   50 /* messages that went well, until one more connection is risked */

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

unsigned account_connections(
	const struct account *a, const struct conf *conf, int64_t now_ms)
{
	if (now_ms < a->hold_until_ms)
		return 0;
	return a->failures || a->slowed ? 1 : conf->max_connections;
}

static int64_t hold_ms(
	const struct account *a, const struct conf *conf, const struct outcome *outcome)
{
	int64_t limit = (int64_t)conf->retry_max_s * 1000;
	bool login = outcome->blame == BLAME_ACCOUNT;

	if (outcome->wait_s) /* the provider's rows know better */
		return backoff_ms(a->failures,
			smaller((int64_t)outcome->wait_s * 1000, limit),
			smaller(QUOTA_MAX_MS, limit), (uint32_t)random());
	return backoff_ms(a->failures, smaller(login ? LOGIN_MIN_MS : LINK_MIN_MS, limit),
		smaller(login ? LOGIN_MAX_MS : LINK_MAX_MS, limit), (uint32_t)random());
}

void account_trouble(struct account *a, const struct conf *conf,
	const struct outcome *outcome, const char *relay, size_t waiting)
{
	int64_t now = clock_mono_ms(), wait;

	if (now < a->hold_until_ms)
		return; /* several connections met the same trouble */
	a->failures++;
	a->login_refused = outcome->blame == BLAME_ACCOUNT;
	wait = hold_ms(a, conf, outcome);
	a->hold_until_ms = now + wait;
	log_error("relay=%s: %s; %zu message%s wait%s, next try in %lld s", relay,
		outcome->text, waiting, waiting == 1 ? "" : "s", waiting == 1 ? "s" : "",
		(long long)(wait + 999) / 1000);
}

void account_slow(struct account *a, const struct outcome *outcome, const char *relay)
{
	int64_t now = clock_mono_ms(), first = (int64_t)outcome->wait_s * 1000, wait;

	if (now < a->hold_until_ms)
		return;
	a->slowed++;
	a->calm = 0;
	wait = backoff_ms(
		a->slowed, smaller(first, SLOW_MAX_MS), SLOW_MAX_MS, (uint32_t)random());
	a->hold_until_ms = now + wait;
	log_warning("relay=%s: %s; pausing for %lld s, then over one connection", relay,
		outcome->text, (long long)(wait + 999) / 1000);
}

void account_pause(struct account *a, int64_t wait_ms)
{
	a->failures++;
	a->hold_until_ms = clock_mono_ms() + wait_ms;
}

void account_works(struct account *a)
{
	if (a->failures)
		log_info("the provider takes mail again");
	a->failures = 0;
	a->login_refused = false;
	if (a->slowed && ++a->calm >= CALM_AFTER) {
		a->slowed--;
		a->calm = 0;
	}
}

bool account_flush(struct account *a, bool by_root)
{
	if (a->login_refused && !by_root)
		return clock_mono_ms() >= a->hold_until_ms;
	a->hold_until_ms = 0; /* the failures count on: one connection finds out */
	return true;
}

void account_release(struct account *a)
{
	*a = (struct account){ 0 };
}
