/* SPDX-License-Identifier: ISC */
#include "flusher/senders.h"

#include <stdlib.h>
#include <string.h>

#include "mail/address.h"

#define LINGER_MS ((int64_t)3600 * 1000)

static struct paused_sender *find(const struct senders *s, const char *address)
{
	for (size_t i = 0; i < SENDERS_MAX; i++) {
		const struct paused_sender *p = &s->list[i];

		if (p->address && address_equal(p->address, address))
			return (struct paused_sender *)p;
	}
	return NULL;
}

static void drop(struct paused_sender *p)
{
	free(p->address);
	p->address = NULL;
}

/* A free place, or that of somebody whose pause was over long ago. */
static struct paused_sender *find_room(struct senders *s)
{
	struct paused_sender *oldest = &s->list[0];

	for (size_t i = 0; i < SENDERS_MAX; i++) {
		if (!s->list[i].address)
			return &s->list[i];
		if (s->list[i].until_ms < oldest->until_ms)
			oldest = &s->list[i];
	}
	return oldest;
}

bool senders_pause(
	struct senders *s, const char *address, int64_t until_ms, int64_t now_ms)
{
	struct paused_sender *p = find(s, address);
	bool known = p != NULL;

	if (!p) {
		p = find_room(s);
		if (p->address && p->until_ms > now_ms)
			return false;
		drop(p);
		p->address = strdup(address);
	}
	p->until_ms = until_ms;
	return !known;
}

int64_t senders_until(const struct senders *s, const char *address, int64_t now_ms)
{
	const struct paused_sender *p = find(s, address);

	return p && p->until_ms > now_ms ? p->until_ms : 0;
}

bool senders_release(struct senders *s, const char *address)
{
	struct paused_sender *p = find(s, address);

	if (p)
		drop(p);
	return p != NULL;
}

void senders_wake(struct senders *s, int64_t now_ms)
{
	for (size_t i = 0; i < SENDERS_MAX; i++)
		s->list[i].until_ms = now_ms;
}

bool senders_any(const struct senders *s, int64_t now_ms)
{
	for (size_t i = 0; i < SENDERS_MAX; i++) {
		if (s->list[i].address && now_ms < s->list[i].until_ms + LINGER_MS)
			return true;
	}
	return false;
}

void senders_clear(struct senders *s)
{
	for (size_t i = 0; i < SENDERS_MAX; i++)
		drop(&s->list[i]);
}
