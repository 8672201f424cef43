/* SPDX-License-Identifier: ISC */
#include "flusher/sleepers.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "flusher/queue.h"

/* The parent of i is (i - 1) / 2. */
static void move_up(struct sleepers *s, size_t i)
{
	struct message *m = s->heap[i];

	while (i > 0 && s->heap[(i - 1) / 2]->due_ms > m->due_ms) {
		s->heap[i] = s->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	s->heap[i] = m;
}

static void move_down(struct sleepers *s)
{
	struct message *m = s->heap[0];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < s->count) {
		if (child + 1 < s->count &&
			s->heap[child + 1]->due_ms < s->heap[child]->due_ms)
			child++;
		if (s->heap[child]->due_ms >= m->due_ms)
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = m;
}

int sleepers_add(struct sleepers *s, struct message *m)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): it is a list of pointers */
	struct message **heap = array_room(s->heap, s->count, sizeof(*heap));

	if (!heap)
		return -ENOMEM;
	s->heap = heap;
	heap[s->count++] = m;
	move_up(s, s->count - 1);
	return 0;
}

struct message *sleepers_take(struct sleepers *s, int64_t now_ms)
{
	struct message *m;

	if (s->count == 0 || s->heap[0]->due_ms > now_ms)
		return NULL;
	m = s->heap[0];
	s->heap[0] = s->heap[--s->count];
	if (s->count)
		move_down(s);
	return m;
}

int64_t sleepers_next_due(const struct sleepers *s)
{
	return s->count ? s->heap[0]->due_ms : -1;
}
