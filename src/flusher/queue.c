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

struct message *queue_add(struct queue *q, const char *id, bool *known)
{
	struct message *m = calloc(1, sizeof(*m));
	struct message **found;

	*known = false;
	if (!m)
		return NULL;
	strncpy(m->id, id, SPOOL_ID_LENGTH);
	found = tsearch(m, &q->by_id, compare_ids);
	if (!found || *found != m) {
		*known = found != NULL;
		free(m);
		return NULL;
	}
	q->count++;
	queue_ready(q, m);
	return m;
}

void queue_weigh(struct queue *q, struct message *m, uint64_t octets)
{
	q->octets += octets - m->octets;
	m->octets = octets;
}

struct message *queue_take(struct queue *q)
{
	struct message *m = q->first;

	if (!m)
		return NULL;
	q->first = m->next;
	if (!q->first)
		q->last = NULL;
	m->next = NULL;
	return m;
}

void queue_ready(struct queue *q, struct message *m)
{
	m->next = NULL;
	if (q->last)
		q->last->next = m;
	else
		q->first = m;
	q->last = m;
}

void queue_ready_first(struct queue *q, struct message *m)
{
	m->next = q->first;
	q->first = m;
	if (!q->last)
		q->last = m;
}

/* A binary heap; the parent of i is (i - 1) / 2. */
static void heap_up(struct queue *q, size_t i)
{
	struct message *m = q->heap[i];

	while (i > 0 && q->heap[(i - 1) / 2]->due_ms > m->due_ms) {
		q->heap[i] = q->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	q->heap[i] = m;
}

static void heap_down(struct queue *q)
{
	struct message *m = q->heap[0];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < q->heap_count) {
		if (child + 1 < q->heap_count &&
			q->heap[child + 1]->due_ms < q->heap[child]->due_ms)
			child++;
		if (q->heap[child]->due_ms >= m->due_ms)
			break;
		q->heap[i] = q->heap[child];
		i = child;
	}
	q->heap[i] = m;
}

static struct message *heap_pop(struct queue *q)
{
	struct message *m = q->heap[0];

	q->heap[0] = q->heap[--q->heap_count];
	if (q->heap_count)
		heap_down(q);
	return m;
}

int queue_sleep(struct queue *q, struct message *m, int64_t due_ms)
{
	if (q->heap_count == q->heap_room) {
		size_t room = q->heap_room ? 2 * q->heap_room : 64;
		struct message **heap = reallocarray(q->heap, room, sizeof(*heap));

		if (!heap) {
			queue_ready(q, m);
			return -ENOMEM;
		}
		q->heap = heap;
		q->heap_room = room;
	}
	m->due_ms = due_ms;
	q->heap[q->heap_count++] = m;
	heap_up(q, q->heap_count - 1);
	return 0;
}

void queue_wake(struct queue *q, int64_t now_ms)
{
	while (q->heap_count && q->heap[0]->due_ms <= now_ms)
		queue_ready(q, heap_pop(q));
}

void queue_wake_all(struct queue *q)
{
	queue_wake(q, INT64_MAX);
}

int64_t queue_next_due(const struct queue *q)
{
	return q->heap_count ? q->heap[0]->due_ms : -1;
}

static void message_free(struct message *m)
{
	if (m->kept)
		state_clear(m->kept);
	free(m->kept);
	free(m);
}

void queue_forget(struct queue *q, struct message *m)
{
	tdelete(m, &q->by_id, compare_ids);
	q->count--;
	q->octets -= m->octets;
	message_free(m);
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
	free(q->heap);
	tdestroy(q->by_id, keep_node);
	*q = (struct queue){ 0 };
}
