/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "flusher/flush.h"

#define SECOND 1000

static void test_the_first_wish_is_fulfilled_at_once(void **state)
{
	struct flush f = { 0 };
	bool by_root = true;

	(void)state;
	assert_int_equal(flush_due(&f), -1);
	assert_false(flush_take(&f, 5, &by_root));
	flush_ask(&f, false);
	assert_true(flush_due(&f) <= 5);
	assert_true(flush_take(&f, 5, &by_root));
	assert_false(by_root);
	assert_int_equal(flush_due(&f), -1);
	assert_false(flush_take(&f, 5, &by_root));
}

static void test_others_wait_a_minute_and_root_ten_seconds(void **state)
{
	struct flush f = { 0 };
	bool by_root;

	(void)state;
	flush_ask(&f, false);
	assert_true(flush_take(&f, 0, &by_root));
	flush_ask(&f, false);
	assert_int_equal(flush_due(&f), 60 * SECOND);
	assert_false(flush_take(&f, 60 * SECOND - 1, &by_root));
	flush_ask(&f, true);
	flush_ask(&f, false); /* does not take root's rank away */
	assert_int_equal(flush_due(&f), 10 * SECOND);
	assert_false(flush_take(&f, 10 * SECOND - 1, &by_root));
	assert_true(flush_take(&f, 10 * SECOND, &by_root));
	assert_true(by_root);
	flush_ask(&f, false);
	assert_int_equal(flush_due(&f), 70 * SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_wish_is_fulfilled_at_once),
		cmocka_unit_test(test_others_wait_a_minute_and_root_ten_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
