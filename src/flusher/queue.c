/* SPDX-License-Identifier: ISC */
#include "flusher/queue.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare_ids(const void *a, const void *b)
{
	const struct message *left = a, *right = b;

	return strcmp(left->id, right->id);
}

static int compare_lanes(const void *a, const void *b)
{
	const struct lane *left = a, *right = b;

	return left->uid < right->uid ? -1 : left->uid > right->uid;
}

/* The lane of a user, a new one if need be; NULL without memory. */
static struct lane *lane_get(struct queue *q, uid_t uid)
{
	struct lane *lane = calloc(1, sizeof(*lane)), **found;

	if (!lane)
		return NULL;
	lane->uid = uid;
	found = tsearch(lane, &q->lanes, compare_lanes);
	if (!found || *found != lane)
		free(lane);
	return found ? *found : NULL;
}

static void lane_drop_if_empty(struct queue *q, struct lane *lane)
{
	if (lane->count)
		return;
	tdelete(lane, &q->lanes, compare_lanes);
	free(lane);
}

/* Puts a lane at the end of the ring, if it is not in it. */
static void ring_add(struct queue *q, struct lane *lane)
{
	if (lane->next)
		return;
	lane->next = q->last ? q->last->next : lane;
	if (q->last)
		q->last->next = lane;
	q->last = lane;
}

/* Takes the lane whose turn it is out of the ring. */
static void ring_remove_next(struct queue *q)
{
	struct lane *lane = q->last->next;

	if (lane == q->last)
		q->last = NULL;
	else
		q->last->next = lane->next;
	lane->next = NULL;
}

static bool has_room(const struct lane *lane, const struct queue_limit *limit)
{
	return (!limit->messages || lane->count < limit->messages) &&
	       (!limit->octets || lane->octets < limit->octets);
}

enum queue_added queue_add(struct queue *q, const struct arrival *arrival,
	const struct queue_limit *limit, struct message **ret)
{
	struct message *m = calloc(1, sizeof(*m)), **found;
	struct lane *lane = m ? lane_get(q, arrival->uid) : NULL;
	enum queue_added result = QUEUE_MEMORY;

	if (!lane) {
		free(m);
		return QUEUE_MEMORY;
	}
	memcpy(m->id, arrival->id, SPOOL_ID_LENGTH);
	found = tsearch(m, &q->by_id, compare_ids);
	if (found && *found != m) {
		result = QUEUE_KNOWN;
		*ret = *found;
	} else if (found && has_room(lane, limit)) {
		result = QUEUE_ADDED;
	}
	if (result != QUEUE_ADDED) {
		if (found && *found == m) {
			tdelete(m, &q->by_id, compare_ids);
			lane->full = true;
			result = QUEUE_FULL;
		}
		free(m);
		lane_drop_if_empty(q, lane);
		return result;
	}
	m->lane = lane;
	m->octets = arrival->octets;
	lane->count++;
	lane->octets += m->octets;
	q->count++;
	q->octets += m->octets;
	queue_ready(q, m);
	*ret = m;
	return QUEUE_ADDED;
}

bool queue_is_ready(const struct queue *q)
{
	return q->last != NULL;
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

struct message *queue_take(struct queue *q)
{
	struct message *m;
	struct lane *lane;

	if (!q->last)
		return NULL;
	lane = q->last->next;
	m = fifo_take(&lane->ready[lane->turn]);
	if (!m)
		m = fifo_take(&lane->ready[!lane->turn]);
	lane->turn = !m->slept;
	if (lane->ready[0].first || lane->ready[1].first)
		q->last = lane; /* now it is the last in the ring */
	else
		ring_remove_next(q);
	return m;
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
	ring_add(q, m->lane);
}

void queue_ready_first(struct queue *q, struct message *m)
{
	struct fifo *fifo = &m->lane->ready[m->slept];

	m->next = fifo->first;
	fifo->first = m;
	if (!fifo->last)
		fifo->last = m;
	m->lane->turn = m->slept;
	ring_add(q, m->lane);
}

int queue_sleep(struct queue *q, struct message *m, int64_t due_ms)
{
	int r;

	m->due_ms = due_ms;
	m->slept = true;
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
	struct lane *lane = m->lane;
	bool again;

	tdelete(m, &q->by_id, compare_ids);
	q->count--;
	q->octets -= m->octets;
	lane->count--;
	lane->octets -= m->octets;
	message_free(m);
	/* not for each single place: looking for the others is work */
	again = lane->full && has_room(lane, limit) && lane->count <= limit->messages / 2;
	if (again)
		lane->full = false;
	lane_drop_if_empty(q, lane);
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
	while ((m = queue_take(q)))
		message_free(m);
	free(q->sleepers.heap);
	tdestroy(q->by_id, keep_node);
	tdestroy(q->lanes, free);
	*q = (struct queue){ 0 };
}
