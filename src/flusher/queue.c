/* SPDX-License-Identifier: ISC */
#include "flusher/queue.h"

#include <assert.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare_ids(const void *a, const void *b)
{
	const struct message *left = a, *right = b;

	return strcmp(left->id, right->id);
}

static int compare_users(const void *a, const void *b)
{
	const struct user *left = a, *right = b;

	return left->uid < right->uid ? -1 : left->uid > right->uid;
}

/* The user, a new one if need be; NULL without memory. */
static struct user *user_get(struct queue *q, uid_t uid)
{
	struct user *user = calloc(1, sizeof(*user)), **found;

	if (!user)
		return NULL;
	user->uid = uid;
	found = tsearch(user, &q->users, compare_users);
	if (!found || *found != user)
		free(user);
	return found ? *found : NULL;
}

static void user_free(void *context)
{
	struct user *user = context;
	struct lane *lane;

	while ((lane = user->lanes)) {
		user->lanes = lane->sibling;
		free(lane);
	}
	free(user);
}

static void user_drop_if_empty(struct queue *q, struct user *user)
{
	if (user->count)
		return;
	tdelete(user, &q->users, compare_users);
	user_free(user);
}

/* The user's lane, a new one if need be; NULL without memory. */
static struct lane *lane_get(struct user *user, unsigned route)
{
	struct lane *lane = user->lanes;

	while (lane && lane->route != route)
		lane = lane->sibling;
	if (lane)
		return lane;
	lane = calloc(1, sizeof(*lane));
	if (!lane)
		return NULL;
	*lane = (struct lane){ .user = user, .route = route, .sibling = user->lanes };
	user->lanes = lane;
	return lane;
}

/* Puts a lane at the end of the ring, if it is not in it. */
static void ring_add(struct route *route, struct lane *lane)
{
	if (lane->next)
		return;
	lane->next = route->last ? route->last->next : lane;
	if (route->last)
		route->last->next = lane;
	route->last = lane;
}

/* Takes the lane whose turn it is out of the ring. */
static void ring_remove_next(struct route *route)
{
	struct lane *lane = route->last->next;

	if (lane == route->last)
		route->last = NULL;
	else
		route->last->next = lane->next;
	lane->next = NULL;
}

static bool has_room(const struct user *user, const struct queue_limit *limit)
{
	return (!limit->messages || user->count < limit->messages) &&
	       (!limit->octets || user->octets < limit->octets);
}

enum queue_added queue_add(struct queue *q, const struct arrival *arrival,
	const struct queue_limit *limit, struct message **ret)
{
	struct message *m = calloc(1, sizeof(*m)), **found;
	struct user *user = m ? user_get(q, arrival->uid) : NULL;
	struct lane *lane = user ? lane_get(user, QUEUE_UNROUTED) : NULL;
	enum queue_added result = QUEUE_ADDED;

	if (!lane) {
		if (user)
			user_drop_if_empty(q, user);
		free(m);
		return QUEUE_MEMORY;
	}
	memcpy(m->id, arrival->id, SPOOL_ID_LENGTH);
	found = tsearch(m, &q->by_id, compare_ids);
	if (!found) {
		result = QUEUE_MEMORY;
	} else if (*found != m) {
		result = QUEUE_KNOWN;
		*ret = *found;
	} else if (!has_room(user, limit)) {
		result = QUEUE_FULL;
		user->full = true;
		tdelete(m, &q->by_id, compare_ids);
	}
	if (result != QUEUE_ADDED) {
		free(m);
		user_drop_if_empty(q, user);
		return result;
	}
	m->lane = lane;
	m->octets = arrival->octets;
	user->count++;
	user->octets += m->octets;
	q->count++;
	q->octets += m->octets;
	queue_ready(q, m);
	*ret = m;
	return QUEUE_ADDED;
}

bool queue_is_ready(const struct queue *q, unsigned route)
{
	return q->routes[route].last != NULL;
}

bool queue_others_are_ready(
	const struct queue *q, unsigned route, const struct message *m)
{
	const struct lane *last = q->routes[route].last;

	return last && (last->user != m->lane->user || last->next != last);
}

static struct message *fifo_take(struct fifo *fifo)
{
	struct message *m = fifo->first;

	if (!m)
		return NULL;
	fifo->first = m->next;
	if (!fifo->first)
		fifo->last = NULL;
	m->next = NULL;
	return m;
}

struct message *queue_take(struct queue *q, unsigned route)
{
	struct route *ring = &q->routes[route];
	struct message *m;
	struct lane *lane;

	if (!ring->last)
		return NULL;
	lane = ring->last->next;
	m = fifo_take(&lane->ready[lane->turn]);
	if (!m)
		m = fifo_take(&lane->ready[!lane->turn]);
	assert(m); /* a lane in the ring has some */
	lane->turn = !m->slept;
	ring->ready--;
	if (lane->ready[0].first || lane->ready[1].first)
		ring->last = lane; /* now it is the last in the ring */
	else
		ring_remove_next(ring);
	return m;
}

static void ready_in_lane(struct queue *q, struct lane *lane)
{
	struct route *route = &q->routes[lane->route];

	route->ready++;
	ring_add(route, lane);
}

void queue_ready(struct queue *q, struct message *m)
{
	struct fifo *fifo = &m->lane->ready[m->slept];

	m->next = NULL;
	if (fifo->last)
		fifo->last->next = m;
	else
		fifo->first = m;
	fifo->last = m;
	ready_in_lane(q, m->lane);
}

void queue_ready_first(struct queue *q, struct message *m)
{
	struct fifo *fifo = &m->lane->ready[m->slept];

	m->next = fifo->first;
	fifo->first = m;
	if (!fifo->last)
		fifo->last = m;
	m->lane->turn = m->slept;
	ready_in_lane(q, m->lane);
}

int queue_route(struct message *m, unsigned route)
{
	struct lane *lane = lane_get(m->lane->user, route);

	if (!lane)
		return -ENOMEM;
	m->lane = lane;
	return 0;
}

void queue_end_round(struct message *m)
{
	m->tried = 0;
	m->deferred = false;
	queue_route(m, QUEUE_UNROUTED); /* that lane is there since the message came */
}

void queue_unroute(struct queue *q)
{
	for (unsigned route = 0; route < QUEUE_ROUTES; route++) {
		struct message *m;

		while (route != QUEUE_UNROUTED && (m = queue_take(q, route))) {
			queue_end_round(m);
			queue_ready(q, m);
		}
	}
}

int queue_sleep(struct queue *q, struct message *m, int64_t due_ms)
{
	int r;

	m->due_ms = due_ms;
	m->slept = true;
	queue_end_round(m);
	r = sleepers_add(&q->sleepers, m);
	if (r < 0)
		queue_ready(q, m);
	return r;
}

void queue_wake(struct queue *q, int64_t now_ms)
{
	struct message *m;

	while ((m = sleepers_take(&q->sleepers, now_ms)))
		queue_ready(q, m);
}

void queue_wake_all(struct queue *q)
{
	queue_wake(q, INT64_MAX);
}

static void message_free(struct message *m)
{
	if (m->kept)
		state_clear(m->kept);
	free(m->kept);
	free(m);
}

bool queue_forget(struct queue *q, struct message *m, const struct queue_limit *limit)
{
	struct user *user = m->lane->user;
	bool again;

	tdelete(m, &q->by_id, compare_ids);
	q->count--;
	q->octets -= m->octets;
	user->count--;
	user->octets -= m->octets;
	message_free(m);
	/* not for each single place: looking for the others is work */
	again = user->full && has_room(user, limit) &&
		(!limit->messages || user->count <= limit->messages / 2);
	if (again)
		user->full = false;
	user_drop_if_empty(q, user);
	return again;
}

static void keep_node(void *node)
{
	(void)node; /* the messages are freed through the lists they are on */
}

void queue_free(struct queue *q)
{
	struct message *m;

	queue_wake_all(q);
	queue_unroute(q);
	while ((m = queue_take(q, QUEUE_UNROUTED)))
		message_free(m);
	free(q->sleepers.heap);
	tdestroy(q->by_id, keep_node);
	tdestroy(q->users, user_free);
	*q = (struct queue){ 0 };
}
