/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "flusher/queue.h"

static struct message *add(struct queue *q, unsigned number)
{
	char id[SPOOL_ID_SIZE];
	bool known;

	snprintf(id, sizeof(id), "%012X", number);
	return queue_add(q, id, &known);
}

static void test_order_of_arrival(void **state)
{
	struct queue q = { 0 };
	bool known;

	(void)state;
	add(&q, 1);
	add(&q, 2);
	assert_null(queue_add(&q, "000000000001", &known));
	assert_true(known);
	assert_int_equal(q.count, 2);
	for (unsigned i = 1; i <= 2; i++) {
		struct message *m = queue_take(&q);

		assert_int_equal(m->id[SPOOL_ID_LENGTH - 1], '0' + (int)i);
		queue_forget(&q, m);
	}
	assert_null(queue_take(&q));
	assert_int_equal(q.count, 0);
	assert_non_null(add(&q, 1)); /* forgotten, so it may come again */
	queue_free(&q);
}

static void test_put_back_goes_first(void **state)
{
	struct queue q = { 0 };
	struct message *first, *second;

	(void)state;
	add(&q, 1);
	second = add(&q, 2);
	first = queue_take(&q);
	queue_ready_first(&q, first);
	assert_ptr_equal(queue_take(&q), first);
	queue_ready(&q, first);
	assert_ptr_equal(queue_take(&q), second);
	assert_ptr_equal(queue_take(&q), first);
	queue_ready_first(&q, second);
	queue_ready_first(&q, first);
	assert_ptr_equal(q.last, second);
	queue_free(&q);
}

static void test_sleepers_wake_in_time_order(void **state)
{
	struct queue q = { 0 };
	unsigned seed = 1, woken = 0;

	(void)state;
	assert_int_equal(queue_next_due(&q), -1);
	for (unsigned i = 0; i < 1000; i++) {
		struct message *m;

		add(&q, i);
		m = queue_take(&q);
		seed = seed * 1103515245 + 12345;
		queue_weigh(&q, m, seed % 500); /* to know it again */
		queue_sleep(&q, m, seed % 500);
	}
	for (int64_t now = 0; now < 500; now++) {
		struct message *m;

		queue_wake(&q, now);
		assert_true(queue_next_due(&q) > now || queue_next_due(&q) == -1);
		while ((m = queue_take(&q))) {
			assert_int_equal(m->octets, now);
			woken++;
			queue_forget(&q, m);
		}
	}
	assert_int_equal(woken, 1000);
	assert_int_equal(q.count, 0);
	queue_free(&q);
}

static void test_octets_are_counted(void **state)
{
	struct queue q = { 0 };
	struct message *a = add(&q, 1), *b = add(&q, 2);

	(void)state;
	queue_weigh(&q, a, 100);
	queue_weigh(&q, b, 20);
	queue_weigh(&q, b, 30);
	assert_int_equal(q.octets, 130);
	queue_forget(&q, queue_take(&q));
	assert_int_equal(q.octets, 30);
	queue_free(&q);
}

static void test_free_with_sleepers(void **state)
{
	struct queue q = { 0 };

	(void)state;
	add(&q, 1);
	queue_sleep(&q, queue_take(&q), 10);
	add(&q, 2);
	queue_free(&q);
	assert_int_equal(q.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_of_arrival),
		cmocka_unit_test(test_put_back_goes_first),
		cmocka_unit_test(test_sleepers_wake_in_time_order),
		cmocka_unit_test(test_octets_are_counted),
		cmocka_unit_test(test_free_with_sleepers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
