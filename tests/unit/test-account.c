/* SPDX-License-Identifier: ISC */
/* When an account takes mail: after trouble, and how many connections it has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "flusher/account.h"

#define LATER_MS 40000

static struct conf conf = { .name = CONF_DEFAULT_ACCOUNT,
	.rate = (char *)"",
	.fallback = (char *)"",
	.retry_max_s = 4 * 3600,
	.max_connections = 8 };

static void new_mail_finds_out_if_the_link_is_back(void **state)
{
	static const struct {
		enum blame blame;
		unsigned broken;
		bool probed;
	} cases[] = {
		{ BLAME_LINK, 0, true },
		{ BLAME_LINK, 5, false }, /* each was a login */
		{ BLAME_ACCOUNT, 0, false },
		{ BLAME_QUOTA, 0, false },
		{ BLAME_OURSELVES, 0, false },
		{ BLAME_PACE, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome trouble = { .blame = cases[i].blame };
		struct accounts accounts = { 0 };
		int64_t now = clock_mono_ms();
		struct account *a;

		assert_int_equal(accounts_set(&accounts, &conf, &accounts), 0);
		a = accounts.list;
		a->failures = 5;
		a->broken = cases[i].broken;
		if (cases[i].blame == BLAME_PACE) {
			trouble.wait_s = 600;
			account_slow(a, &trouble, "relay");
		} else {
			account_trouble(a, &trouble, "relay", 1);
		}
		accounts_probe(&accounts, now + 1000);
		assert_null(accounts_pick(&accounts, 0, now + LATER_MS));
		accounts_probe(&accounts, now + LATER_MS);
		assert_ptr_equal(accounts_pick(&accounts, 0, now + LATER_MS),
			cases[i].probed ? a : NULL);
		a->in_flight = 1; /* by one message at a time */
		assert_null(accounts_pick(&accounts, 0, now + LATER_MS));
		accounts_clear(&accounts);
	}
}

static void connections_grow_with_what_works(void **state)
{
	static const struct {
		unsigned busy, unproven;
		bool may;
	} cases[] = {
		{ 0, 0, true },
		{ 1, 1, false },
		{ 1, 0, true },
		{ 2, 2, false },
		{ 2, 1, true },
		{ 2, 0, true },
		{ 3, 2, true },
		{ 4, 3, false },
		{ 7, 5, true },
		{ 8, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct account a = { .conf = &conf,
			.busy = cases[i].busy,
			.unproven = cases[i].unproven,
			.patience_ms = 1000 };

		assert_int_equal(account_may_connect(&a, 0), cases[i].may);
		assert_int_equal(account_may_connect(&a, 1000), cases[i].busy < 8);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_mail_finds_out_if_the_link_is_back),
		cmocka_unit_test(connections_grow_with_what_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
