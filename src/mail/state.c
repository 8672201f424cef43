/* SPDX-License-Identifier: ISC */
#include "mail/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/span.h"
#include "base/text.h"

#define MAGIC	  "mailchute-state 1\n"
#define STATE_MAX (256u << 20) /* octets: 200,000 recipients with long replies */

static const char *const status_names[] = {
	[RECIPIENT_PENDING] = "pending",
	[RECIPIENT_FAILED] = "failed",
	[RECIPIENT_RELAYED] = "done",
	[RECIPIENT_DONE] = "done",
};

static void format_recipient(const struct recipient *r, struct buf *out)
{
	buf_addf(out, "%s %zu <%s> %d %s %s\n", status_names[r->status], r->origin,
		r->address, r->code, *r->enhanced ? r->enhanced : "-",
		r->text ? r->text : "");
}

void state_format(const struct state *state, struct buf *out)
{
	buf_addf(out, MAGIC "attempts %u\nnext %lld\nwaited %lld\n", state->attempts,
		(long long)state->next_ms, (long long)state->waited_ms);
	if (state->since_ms)
		buf_addf(out, "since %lld\n", (long long)state->since_ms);
	if (state->crashes)
		buf_addf(out, "crashes %u\n", state->crashes);
	if (state->notified)
		buf_adds(out, "notified\n");
	for (size_t i = 0; i < state->count; i++) {
		const struct recipient *r = &state->recipients[i];

		if (r->status < RECIPIENT_RELAYED || state->stuck)
			format_recipient(r, out);
	}
}

void state_format_settled(
	const struct state *state, size_t from, size_t to, struct buf *out)
{
	for (size_t i = from; i < to; i++) {
		if (state->recipients[i].status != RECIPIENT_PENDING)
			format_recipient(&state->recipients[i], out);
	}
}

static int parse_recipient(struct span *s, struct recipient *ret)
{
	struct span address, enhanced, text;
	uint64_t origin, code;

	if (span_skip(s, "pending "))
		ret->status = RECIPIENT_PENDING;
	else if (span_skip(s, "failed "))
		ret->status = RECIPIENT_FAILED;
	else if (span_skip(s, "done "))
		ret->status = RECIPIENT_DONE;
	else
		return -EBADMSG;
	if (!span_number(s, ' ', ENVELOPE_RECIPIENTS_MAX - 1, &origin) ||
		!span_skip(s, "<") || !span_until(s, '>', &address) ||
		!span_skip(s, " ") || !span_number(s, ' ', 999, &code) ||
		!span_until(s, ' ', &enhanced) || !span_until(s, '\n', &text) ||
		address.len == 0 || enhanced.len >= sizeof(ret->enhanced))
		return -EBADMSG;
	ret->origin = (size_t)origin;
	ret->code = (int)code;
	if (!(enhanced.len == 1 && *enhanced.at == '-'))
		text_printable(
			ret->enhanced, sizeof(ret->enhanced), enhanced.at, enhanced.len);
	ret->address = strndup(address.at, address.len);
	ret->text = strndup(text.at, text.len);
	return ret->address && ret->text ? 0 : -ENOMEM;
}

static int parse_recipients(struct span *s, struct state *state)
{
	while (s->len > 0) {
		struct recipient *grown =
			array_room(state->recipients, state->count, sizeof(*grown));
		int result;

		if (!grown)
			return -ENOMEM;
		state->recipients = grown;
		grown += state->count++;
		*grown = (struct recipient){ 0 };
		result = parse_recipient(s, grown);
		state->stuck |= grown->status == RECIPIENT_DONE;
		if (result < 0)
			return result;
	}
	return state->count ? 0 : -EBADMSG;
}

/* What is whole: a line that is torn was being added when the power went. Those that are pending were
 * never added. */
static struct span whole_part(const char *s, size_t n)
{
	const char *lf = n ? memrchr(s, '\n', n) : NULL;
	bool torn = lf && lf + 1 < s + n && lf[1] != 'p';

	return (struct span){ s, torn ? (size_t)(lf + 1 - s) : n };
}

int state_parse(const char *s, size_t n, struct state *ret)
{
	struct span rest = whole_part(s, n);
	struct state state = { 0 };
	uint64_t attempts = 0, next = 0, waited = 0, since = 0, crashes = 0;
	int result = -EBADMSG;

	if (!memchr(s, '\0', n) && span_skip(&rest, MAGIC "attempts ") &&
		span_number(&rest, '\n', UINT32_MAX, &attempts) &&
		span_skip(&rest, "next ") && span_number(&rest, '\n', INT64_MAX, &next) &&
		span_skip(&rest, "waited ") &&
		span_number(&rest, '\n', INT64_MAX, &waited)) {
		if (span_skip(&rest, "since "))
			span_number(&rest, '\n', INT64_MAX, &since);
		if (span_skip(&rest, "crashes "))
			span_number(&rest, '\n', UINT32_MAX, &crashes);
		state.notified = span_skip(&rest, "notified\n");
		result = parse_recipients(&rest, &state);
	}
	if (result < 0) {
		state_clear(&state);
		return result;
	}
	state.attempts = (unsigned)attempts;
	state.next_ms = (int64_t)next;
	state.waited_ms = (int64_t)waited;
	state.since_ms = (int64_t)since;
	state.crashes = (unsigned)crashes;
	*ret = state;
	return 0;
}

int state_read(int dir_fd, const char *id, struct state *ret)
{
	CLEANUP(buf_free) struct buf contents = { 0 };
	char name[64];
	int r;

	snprintf(name, sizeof(name), "%s" STATE_SUFFIX, id);
	r = io_read_file(dir_fd, name, STATE_MAX, &contents);
	return r < 0 ? r : state_parse(contents.data, contents.len, ret);
}

int state_from_envelope(const struct envelope *envelope, struct state *ret)
{
	size_t count = envelope->count;
	struct state state = { .recipients = calloc(count, sizeof(struct recipient)) };

	if (!state.recipients)
		return -ENOMEM;
	for (; state.count < count; state.count++) {
		struct recipient *r = &state.recipients[state.count];

		r->origin = state.count;
		r->address = strdup(envelope->recipients[state.count].address);
		if (!r->address) {
			state_clear(&state);
			return -ENOMEM;
		}
	}
	*ret = state;
	return 0;
}

int recipient_settle(struct recipient *recipient, const struct outcome *outcome)
{
	char *text = strdup(outcome->text);

	if (outcome->verdict == VERDICT_DELIVERED)
		recipient->status = RECIPIENT_DONE;
	else if (outcome->verdict == VERDICT_FAILED)
		recipient->status = RECIPIENT_FAILED;
	recipient->code = outcome->code;
	snprintf(recipient->enhanced, sizeof(recipient->enhanced), "%s",
		outcome->enhanced);
	free(recipient->text);
	recipient->text = text;
	return text ? 0 : -ENOMEM;
}

size_t state_count(const struct state *state, enum recipient_status status)
{
	size_t n = 0;

	for (size_t i = 0; i < state->count; i++)
		n += state->recipients[i].status == status;
	return n;
}

void state_clear(struct state *state)
{
	for (size_t i = 0; i < state->count; i++) {
		free(state->recipients[i].address);
		free(state->recipients[i].text);
	}
	free(state->recipients);
	*state = (struct state){ 0 };
}
