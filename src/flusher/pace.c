/* SPDX-License-Identifier: ISC */
#include "flusher/pace.h"

#include <limits.h>
#include <string.h>

#define CALM_AFTER 50 /* messages that went well, until it is tried faster by a step */
#define SLOWED_MAX 6
#define FAST_S	   60 /* rates up to this are those that "slower" is about */

int64_t meter_slot_ms(const struct meter *m)
{
	return (int64_t)m->rate.period_s * 1000 / (PACE_SLOTS - 1);
}

void meter_advance(struct meter *m, int64_t now_ms)
{
	int64_t slot = now_ms / meter_slot_ms(m) + PACE_SLOTS;

	if (slot - m->slot >= PACE_SLOTS)
		memset(m->sent, 0, sizeof(m->sent));
	while (m->slot < slot && slot - m->slot < PACE_SLOTS)
		m->sent[++m->slot % PACE_SLOTS] = 0;
	if (m->slot < slot)
		m->slot = slot;
}

static uint64_t used(const struct meter *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < PACE_SLOTS; i++)
		sum += m->sent[i];
	return sum;
}

static uint64_t allowed(const struct pace *p, const struct meter *m)
{
	uint64_t count = m->rate.count;

	if (m->rate.period_s <= FAST_S)
		count >>= p->slowed;
	return count ? count : 1;
}

static int64_t meter_due(const struct pace *p, const struct meter *m, int64_t now_ms)
{
	uint64_t sum = used(m), most = allowed(p, m);
	int64_t slot = m->slot - PACE_SLOTS; /* that went last */

	if (sum < most)
		return now_ms;
	while (sum >= most)
		sum -= m->sent[++slot % PACE_SLOTS];
	return slot * meter_slot_ms(m);
}

struct meter *pace_find(struct pace *p, unsigned period_s, bool recipients)
{
	for (size_t i = 0; i < p->count; i++) {
		if (p->meters[i].rate.period_s == period_s &&
			p->meters[i].rate.recipients == recipients)
			return &p->meters[i];
	}
	return NULL;
}

void pace_set(struct pace *p, const char *rates, struct pace *before)
{
	struct rate list[RATES_MAX];

	*p = (struct pace){ .count = rate_parse_list(rates, list) };
	for (size_t i = 0; i < p->count; i++) {
		const struct meter *old =
			before ? pace_find(before, list[i].period_s, list[i].recipients)
			       : NULL;

		if (old)
			p->meters[i] = *old;
		p->meters[i].rate = list[i];
	}
}

int64_t pace_due(struct pace *p, int64_t now_ms, const struct rate **ret_full)
{
	int64_t due = now_ms;

	for (size_t i = 0; i < p->count; i++) {
		struct meter *m = &p->meters[i];
		int64_t at;

		meter_advance(m, now_ms);
		at = meter_due(p, m, now_ms);
		if (at > due && ret_full)
			*ret_full = &m->rate;
		due = at > due ? at : due;
	}
	return due;
}

unsigned pace_recipients(struct pace *p, int64_t now_ms)
{
	uint64_t most = UINT_MAX;

	for (size_t i = 0; i < p->count; i++) {
		struct meter *m = &p->meters[i];
		uint64_t sum, all = allowed(p, m);

		meter_advance(m, now_ms);
		sum = used(m);
		if (m->rate.recipients && all < most + sum)
			most = sum < all ? all - sum : 1;
	}
	return (unsigned)most;
}

bool pace_is_pressed(struct pace *p, int64_t now_ms)
{
	bool pressed = false;

	for (size_t i = 0; i < p->count; i++) {
		struct meter *m = &p->meters[i];

		meter_advance(m, now_ms);
		pressed = pressed || used(m) * 10 >= allowed(p, m) * 9;
	}
	return pressed;
}

void pace_take(struct pace *p, unsigned recipients, int64_t now_ms)
{
	for (size_t i = 0; i < p->count; i++) {
		struct meter *m = &p->meters[i];

		meter_advance(m, now_ms);
		m->sent[m->slot % PACE_SLOTS] += m->rate.recipients ? recipients : 1;
	}
}

void pace_give_back(struct pace *p, unsigned recipients)
{
	for (size_t i = 0; i < p->count; i++) {
		struct meter *m = &p->meters[i];
		unsigned left = m->rate.recipients ? recipients : 1;

		for (int64_t age = 0; age < PACE_SLOTS && age <= m->slot; age++) {
			unsigned *sent = &m->sent[(m->slot - age) % PACE_SLOTS];
			unsigned less = *sent < left ? *sent : left;

			*sent -= less;
			left -= less;
		}
	}
}

void pace_slow(struct pace *p)
{
	if (p->slowed < SLOWED_MAX)
		p->slowed++;
	p->calm = 0;
}

void pace_calm(struct pace *p)
{
	if (p->slowed && ++p->calm >= CALM_AFTER) {
		p->slowed--;
		p->calm = 0;
	}
}
