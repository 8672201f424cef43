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

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

unsigned account_connections(
	const struct account *a, const struct conf *conf, int64_t now_ms)
{
	if (now_ms < a->hold_until_ms)
		return 0;
	return a->failures ? 1 : conf->max_connections;
}

static int64_t hold_ms(const struct account *a, const struct conf *conf, enum blame blame)
{
	int64_t limit = (int64_t)conf->retry_max_s * 1000;
	bool login = blame == BLAME_ACCOUNT;

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
	wait = hold_ms(a, conf, outcome->blame);
	a->hold_until_ms = now + wait;
	log_error("relay=%s: %s; %zu message%s wait%s, next try in %lld s", relay,
		outcome->text, waiting, waiting == 1 ? "" : "s", waiting == 1 ? "s" : "",
		(long long)(wait + 999) / 1000);
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
	account_release(a);
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
