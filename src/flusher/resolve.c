/* SPDX-License-Identifier: ISC */
#include "flusher/resolve.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "mail/address.h"

struct walk {
	const struct recipient *from; /* what is being replaced */
	struct state out;
	void *seen; /* addresses, as tsearch(3) keeps them */
};

static int compare(const void *a, const void *b)
{
	return address_compare(a, b);
}

static void leave(void *address)
{
	(void)address; /* it belongs to its recipient */
}

/* 1 if ADDRESS was not seen before, 0 if it was, -ENOMEM. */
static int see(struct walk *w, const char *address)
{
	const char *const *found = tsearch(address, &w->seen, compare);

	if (!found)
		return -ENOMEM;
	return *found == address;
}

/* Appends what W->FROM becomes. The address is taken over, also on failure; and it has the last
 * reply if it had it before. */
static int append(struct walk *w, char *address, bool stuck)
{
	struct recipient *to,
		*grown = array_room(w->out.recipients, w->out.count, sizeof(*grown));

	if (!grown) {
		free(address);
		return -ENOMEM;
	}
	w->out.recipients = grown;
	to = &grown[w->out.count++];
	*to = (struct recipient){ .origin = w->from->origin,
		.address = address,
		.status = w->from->status,
		.stuck = stuck };
	if (!w->from->text || strcmp(address, w->from->address) != 0)
		return 0;
	to->code = w->from->code;
	memcpy(to->enhanced, w->from->enhanced, sizeof(to->enhanced));
	to->text = strdup(w->from->text);
	return to->text ? 0 : -ENOMEM;
}

static int found(void *context, const char *address, bool stuck)
{
	struct walk *w = context;
	char *copy = strdup(address);
	int r = copy ? see(w, copy) : -ENOMEM;

	if (r <= 0) {
		free(copy);
		return r;
	}
	w->out.stuck = w->out.stuck || stuck;
	return append(w, copy, stuck);
}

static int keep(struct walk *w)
{
	char *copy = strdup(w->from->address);

	return copy ? append(w, copy, false) : -ENOMEM;
}

static int walk(struct walk *w, const struct state *state, struct expander *expander)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < state->count; i++) {
		if (state->recipients[i].status != RECIPIENT_PENDING)
			r = see(w, state->recipients[i].address);
	}
	for (size_t i = 0; r >= 0 && i < state->count; i++) {
		w->from = &state->recipients[i];
		r = w->from->status == RECIPIENT_PENDING
			    ? expand(expander, w->from->address, found, w)
			    : keep(w);
	}
	return r < 0 ? r : 0;
}

int resolve_recipients(struct state *state, struct expander *expander)
{
	struct state before;
	struct walk w = { 0 };
	int r = walk(&w, state, expander);

	tdestroy(w.seen, leave);
	if (r < 0) {
		state_clear(&w.out);
		return r;
	}
	before = *state; /* what is known of the message stays */
	state->recipients = w.out.recipients;
	state->count = w.out.count;
	state->stuck = w.out.stuck;
	state_clear(&before);
	return 0;
}

char *resolve_sender(const char *hostname, const char *address)
{
	char *qualified;

	if (!*address || address_domain(address))
		return strdup(address);
	return asprintf(&qualified, "%s@%s", address, hostname) < 0 ? NULL : qualified;
}
