/* SPDX-License-Identifier: ISC */
/* Rates as they are written, and that no time of their length sees more go out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flusher/pace.h"

#define DAY_MS ((int64_t)86400 * 1000)

static void rates_as_they_are_written(void **state)
{
	static const struct {
		const char *text;
		size_t count;
		const char *first;
	} cases[] = {
		{ "14/s", 1, "14/s" },
		{ "30/min", 1, "30/min" },
		{ "30 messages / minute", 1, "30/min" },
		{ "500/hour", 1, "500/h" },
		{ "2000 recipients/day", 1, "2000 recipients/day" },
		{ "2000recipients/d , 14/sec", 2, "2000 recipients/day" },
		{ "none", 0, NULL },
		{ "", 0, NULL },
		{ "14", RATES_MAX + 1, NULL },
		{ "0/s", RATES_MAX + 1, NULL },
		{ "-1/s", RATES_MAX + 1, NULL },
		{ "/s", RATES_MAX + 1, NULL },
		{ "1/", RATES_MAX + 1, NULL },
		{ "1,/s", RATES_MAX + 1, NULL },
		{ "1/s/s", RATES_MAX + 1, NULL },
		{ "1/2s", RATES_MAX + 1, NULL },
		{ "1 octet/s", RATES_MAX + 1, NULL },
		{ "100000001/s", RATES_MAX + 1, NULL },
		{ "1/s,1/s,1/s,1/s,1/s", RATES_MAX + 1, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rate rates[RATES_MAX];
		char words[RATE_WORDS];

		assert_int_equal(rate_parse_list(cases[i].text, rates), cases[i].count);
		if (!cases[i].first)
			continue;
		rate_format(&rates[0], words);
		assert_string_equal(words, cases[i].first);
	}
}

/* Sends as much as it may, at odd times, and looks at each time of that length. */
static void no_time_sees_more(void **state)
{
	enum { MANY = 400 };
	static const char *const rates[] = { "14/s", "1/s", "30/min", "7/h", "100/day" };
	static const int64_t starts[] = { 0, 1, 12345678 };

	(void)state;
	for (size_t i = 0; i < 15; i++) {
		struct pace pace;
		int64_t sent[MANY], now = starts[i % 3], period, first;
		unsigned most;

		pace_set(&pace, rates[i / 3], NULL);
		most = pace.meters[0].rate.count;
		period = (int64_t)pace.meters[0].rate.period_s * 1000;
		first = now;
		for (size_t n = 0; n < MANY; n++) {
			int64_t due = pace_due(&pace, now, NULL);

			assert_true(due >= now);
			assert_true(due <= now + period + period / 20);
			now = due;
			pace_take(&pace, 1, now);
			sent[n] = now;
			now += n % 3 ? 0 : rand() % (period / 10);
			if (n >= most)
				assert_true(sent[n] - sent[n - most] >= period);
		}
		/* and it is used but for a twentieth, and what the test itself dawdles */
		assert_true(sent[MANY - 1] - first <=
			    (MANY / most + 1) * (period + period / 20) +
				    MANY / 3 * (period / 10));
	}
}

static void recipients_are_counted_where_they_count(void **state)
{
	const struct rate *full = NULL;
	struct pace pace;

	(void)state;
	pace_set(&pace, "10 recipients/day, 2/min", NULL);
	assert_int_equal(pace_recipients(&pace, 0), 10);
	pace_take(&pace, 7, 0);
	assert_int_equal(pace_recipients(&pace, 0), 3);
	assert_int_equal(pace_due(&pace, 0, &full), 0);
	assert_null(full);
	pace_take(&pace, 1, 0);
	assert_true(pace_due(&pace, 0, &full) > 0);
	assert_int_equal(full->period_s, 60);
	assert_false(pace_is_pressed(&pace, 2 * 60000));
	pace_take(&pace, 2, 2 * 60000);
	assert_true(pace_is_pressed(&pace, 2 * 60000));
	assert_true(pace_due(&pace, 2 * 60000, &full) >= DAY_MS);
	assert_true(full->recipients);
	pace_give_back(&pace, 2);
	assert_int_equal(pace_recipients(&pace, 2 * 60000), 2);
	pace_set(&pace, "14/s", NULL);
	assert_true(pace_recipients(&pace, 0) > 1000);
}

static void slower_and_step_by_step_faster(void **state)
{
	struct pace pace;

	(void)state;
	pace_set(&pace, "8/s, 9/day", NULL);
	pace_slow(&pace);
	pace_slow(&pace);
	pace_take(&pace, 1, 0);
	assert_int_equal(pace_due(&pace, 0, NULL), 0);
	pace_take(&pace, 1, 0);
	assert_true(pace_due(&pace, 0, NULL) >= 1000);
	for (unsigned i = 0; i < 49; i++)
		pace_calm(&pace);
	assert_int_equal(pace.slowed, 2);
	pace_calm(&pace);
	assert_int_equal(pace.slowed, 1);
	assert_int_equal(pace_due(&pace, 0, NULL), 0);
	for (unsigned i = 0; i < 100; i++)
		pace_slow(&pace);
	pace_take(&pace, 1, 2000); /* there is always one */
	assert_true(pace_due(&pace, 2000, NULL) <= 2000 + 1050);
}

static void a_new_configuration_keeps_what_was_sent(void **state)
{
	struct pace before, after;

	(void)state;
	pace_set(&before, "10/day, 3/s", NULL);
	pace_take(&before, 1, DAY_MS);
	pace_take(&before, 1, DAY_MS);
	pace_set(&after, "2/day", &before);
	assert_true(pace_due(&after, DAY_MS, NULL) > DAY_MS);
	pace_set(&after, "3/day", &before);
	assert_int_equal(pace_due(&after, DAY_MS, NULL), DAY_MS);
	pace_set(&after, "2 recipients/day", &before);
	assert_int_equal(pace_due(&after, DAY_MS, NULL), DAY_MS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_as_they_are_written),
		cmocka_unit_test(no_time_sees_more),
		cmocka_unit_test(recipients_are_counted_where_they_count),
		cmocka_unit_test(slower_and_step_by_step_faster),
		cmocka_unit_test(a_new_configuration_keeps_what_was_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
