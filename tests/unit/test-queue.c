/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "flusher/queue.h"

static const struct queue_limit none;

static struct message *add_for(struct queue *q, uid_t uid, unsigned number)
{
	char id[SPOOL_ID_SIZE];
	struct arrival arrival = { .id = id, .uid = uid, .octets = 100 };
	struct message *m = NULL;

	snprintf(id, sizeof(id), "%012X", number);
	assert_int_equal(queue_add(q, &arrival, &none, &m), QUEUE_ADDED);
	return m;
}

static struct message *add(struct queue *q, unsigned number)
{
	return add_for(q, 0, number);
}

static void test_order_of_arrival(void **state)
{
	struct queue q = { 0 };
	struct arrival again = { .id = "000000000001" };
	struct message *m;

	(void)state;
	add(&q, 1);
	add(&q, 2);
	assert_int_equal(queue_add(&q, &again, &none, &m), QUEUE_KNOWN);
	assert_int_equal(q.count, 2);
	for (unsigned i = 1; i <= 2; i++) {
		m = queue_take(&q, QUEUE_UNROUTED);
		assert_int_equal(m->id[SPOOL_ID_LENGTH - 1], '0' + (int)i);
		queue_forget(&q, m, &none);
	}
	assert_null(queue_take(&q, QUEUE_UNROUTED));
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
	first = queue_take(&q, QUEUE_UNROUTED);
	queue_ready_first(&q, first);
	assert_ptr_equal(queue_take(&q, QUEUE_UNROUTED), first);
	queue_ready(&q, first);
	assert_ptr_equal(queue_take(&q, QUEUE_UNROUTED), second);
	assert_ptr_equal(queue_take(&q, QUEUE_UNROUTED), first);
	queue_ready_first(&q, second);
	queue_ready_first(&q, first);
	assert_ptr_equal(queue_take(&q, QUEUE_UNROUTED), first);
	queue_ready_first(&q, first);
	queue_free(&q);
}

static void test_sleepers_wake_in_time_order(void **state)
{
	struct queue q = { 0 };
	unsigned seed = 1, woken = 0;

	(void)state;
	assert_int_equal(sleepers_next_due(&q.sleepers), -1);
	for (unsigned i = 0; i < 1000; i++) {
		struct message *m;

		add(&q, i);
		m = queue_take(&q, QUEUE_UNROUTED);
		seed = seed * 1103515245 + 12345;
		m->octets = seed % 500; /* to know it again */
		queue_sleep(&q, m, seed % 500);
	}
	for (int64_t now = 0; now < 500; now++) {
		struct message *m;

		queue_wake(&q, now);
		assert_true(sleepers_next_due(&q.sleepers) > now ||
			    sleepers_next_due(&q.sleepers) == -1);
		while ((m = queue_take(&q, QUEUE_UNROUTED))) {
			assert_int_equal(m->octets, now);
			woken++;
			queue_forget(&q, m, &none);
		}
	}
	assert_int_equal(woken, 1000);
	assert_int_equal(q.count, 0);
	queue_free(&q);
}

static void test_octets_are_counted(void **state)
{
	struct queue q = { 0 };

	(void)state;
	add(&q, 1);
	add(&q, 2);
	assert_int_equal(q.octets, 200);
	queue_forget(&q, queue_take(&q, QUEUE_UNROUTED), &none);
	assert_int_equal(q.octets, 100);
	queue_free(&q);
}

/* A thousand of one user do not delay the next of another. */
static void test_users_take_turns(void **state)
{
	struct queue q = { 0 };
	struct message *m;
	unsigned last = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		add_for(&q, 33, i);
	queue_forget(&q, queue_take(&q, QUEUE_UNROUTED), &none);
	add_for(&q, 0, 1000);
	add_for(&q, 1, 1001);
	add_for(&q, 0, 1002);
	for (unsigned i = 0; i < 6; i++) {
		m = queue_take(&q, QUEUE_UNROUTED);
		if (m->lane->user->uid != 33)
			last = i;
		queue_forget(&q, m, &none);
	}
	assert_in_range(last, 2, 5);
	queue_free(&q);
}

static void test_fresh_and_tried_mail_take_turns(void **state)
{
	struct queue q = { 0 };
	struct message *m;
	unsigned tried = 0;

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		add(&q, i);
		queue_sleep(&q, queue_take(&q, QUEUE_UNROUTED), 1);
	}
	for (unsigned i = 10; i < 20; i++)
		add(&q, i);
	queue_wake(&q, 1);
	for (unsigned i = 0; i < 10; i++) {
		m = queue_take(&q, QUEUE_UNROUTED);
		tried += m->slept;
		queue_forget(&q, m, &none);
	}
	assert_int_equal(tried, 5);
	queue_free(&q);
}

static void test_one_user_has_a_limit(void **state)
{
	static const struct queue_limit limit = { .messages = 4 };
	struct arrival arrival = { .id = "00000000000A", .uid = 33 };
	struct queue q = { 0 };
	unsigned told = 0;
	struct message *m;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		add_for(&q, 33, i);
	assert_int_equal(queue_add(&q, &arrival, &limit, &m), QUEUE_FULL);
	assert_int_equal(q.count, 4);
	arrival.uid = 34;
	assert_int_equal(queue_add(&q, &arrival, &limit, &m), QUEUE_ADDED);
	/* told once, when half of them are gone */
	for (unsigned i = 0; i < 5; i++) {
		m = queue_take(&q, QUEUE_UNROUTED);
		if (m->lane->user->uid == 33)
			told += queue_forget(&q, m, &limit);
		else
			queue_ready(&q, m);
	}
	assert_int_equal(told, 1);
	queue_free(&q);
}

/* Without a limit in messages, room in octets is room. */
static void test_one_user_has_a_limit_in_octets_alone(void **state)
{
	static const struct queue_limit limit = { .octets = 150 };
	struct arrival third = { .id = "000000000003", .octets = 100 };
	struct queue q = { 0 };
	struct message *m;

	(void)state;
	add(&q, 1);
	add(&q, 2);
	assert_int_equal(queue_add(&q, &third, &limit, &m), QUEUE_FULL);
	assert_true(queue_forget(&q, queue_take(&q, QUEUE_UNROUTED), &limit));
	assert_int_equal(queue_add(&q, &third, &limit, &m), QUEUE_ADDED);
	queue_free(&q);
}

static void test_free_with_sleepers(void **state)
{
	struct queue q = { 0 };

	(void)state;
	add(&q, 1);
	queue_sleep(&q, queue_take(&q, QUEUE_UNROUTED), 10);
	add(&q, 2);
	queue_free(&q);
	assert_int_equal(q.count, 0);
}

/* Mail of one account is not behind that of another one; users take turns in each. */
static void test_routes(void **state)
{
	struct queue q = { 0 };
	struct message *m;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		add_for(&q, 1, i);
	add_for(&q, 2, 3);
	while ((m = queue_take(&q, QUEUE_UNROUTED))) {
		assert_int_equal(queue_route(m, 5), 0);
		m->tried = 1;
		queue_ready(&q, m);
	}
	add_for(&q, 1, 4);
	assert_int_equal(q.routes[5].ready, 4);
	m = queue_take(&q, 5);
	assert_int_equal(m->lane->user->uid, 1);
	queue_sleep(&q, m, 10);
	m = queue_take(&q, 5);
	assert_int_equal(m->lane->user->uid, 2);
	queue_forget(&q, m, &none);
	assert_int_equal(q.count, 4);
	queue_wake(&q, 10); /* without a route */
	assert_int_equal(q.routes[5].ready, 2);
	queue_unroute(&q);
	assert_false(queue_is_ready(&q, 5));
	assert_int_equal(q.routes[QUEUE_UNROUTED].ready, 4);
	while ((m = queue_take(&q, QUEUE_UNROUTED))) {
		assert_int_equal(m->tried, 0);
		queue_forget(&q, m, &none);
	}
	assert_int_equal(q.count, 0);
	queue_free(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_of_arrival),
		cmocka_unit_test(test_put_back_goes_first),
		cmocka_unit_test(test_sleepers_wake_in_time_order),
		cmocka_unit_test(test_octets_are_counted),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_users_take_turns),
		cmocka_unit_test(test_fresh_and_tried_mail_take_turns),
		cmocka_unit_test(test_one_user_has_a_limit),
		cmocka_unit_test(test_one_user_has_a_limit_in_octets_alone),
		cmocka_unit_test(test_free_with_sleepers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
