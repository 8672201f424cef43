/* SPDX-License-Identifier: ISC */
#include "mail/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/num.h"
#include "base/text.h"

#define MAGIC "mailchute-state 1\n"

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

struct reader {
	const char *at;
	const char *end;
};

/* Takes WORD, which must come next. */
static bool take(struct reader *r, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0)
		return false;
	r->at += n;
	return true;
}

/* Takes what stands before the next STOP, and STOP. */
static bool take_until(struct reader *r, char stop, const char **ret, size_t *ret_len)
{
	const char *found = memchr(r->at, stop, (size_t)(r->end - r->at));

	if (!found || memchr(r->at, '\n', (size_t)(found - r->at)))
		return false;
	*ret = r->at;
	*ret_len = (size_t)(found - r->at);
	r->at = found + 1;
	return true;
}

static bool take_number(struct reader *r, char stop, uint64_t max, uint64_t *ret)
{
	const char *s;
	size_t n;

	return take_until(r, stop, &s, &n) && num_parse(s, n, max, ret) == 0;
}

static int parse_recipient(struct reader *r, struct recipient *ret)
{
	const char *address, *enhanced, *text;
	size_t address_len, enhanced_len, text_len;
	uint64_t origin, code;

	if (take(r, "pending "))
		ret->status = RECIPIENT_PENDING;
	else if (take(r, "failed "))
		ret->status = RECIPIENT_FAILED;
	else if (take(r, "done "))
		ret->status = RECIPIENT_DONE;
	else
		return -EBADMSG;
	if (!take_number(r, ' ', ENVELOPE_RECIPIENTS_MAX - 1, &origin) || !take(r, "<") ||
		!take_until(r, '>', &address, &address_len) || !take(r, " ") ||
		!take_number(r, ' ', 999, &code) ||
		!take_until(r, ' ', &enhanced, &enhanced_len) ||
		!take_until(r, '\n', &text, &text_len) || address_len == 0 ||
		enhanced_len >= sizeof(ret->enhanced))
		return -EBADMSG;
	ret->origin = (size_t)origin;
	ret->code = (int)code;
	if (!(enhanced_len == 1 && *enhanced == '-'))
		text_printable(
			ret->enhanced, sizeof(ret->enhanced), enhanced, enhanced_len);
	ret->address = strndup(address, address_len);
	ret->text = strndup(text, text_len);
	return ret->address && ret->text ? 0 : -ENOMEM;
}

static int parse_recipients(struct reader *r, struct state *state)
{
	while (r->at < r->end) {
		struct recipient *grown =
			array_room(state->recipients, state->count, sizeof(*grown));
		int result;

		if (!grown)
			return -ENOMEM;
		state->recipients = grown;
		grown += state->count++;
		*grown = (struct recipient){ 0 };
		result = parse_recipient(r, grown);
		state->stuck |= grown->status == RECIPIENT_DONE;
		if (result < 0)
			return result;
	}
	return state->count ? 0 : -EBADMSG;
}

/* The end of what is whole: a line that is torn was being added when the power went. Those that are
 * pending were never added. */
static const char *whole_end(const char *s, size_t n)
{
	const char *lf = n ? memrchr(s, '\n', n) : NULL;

	return lf && lf + 1 < s + n && lf[1] != 'p' ? lf + 1 : s + n;
}

int state_parse(const char *s, size_t n, struct state *ret)
{
	struct reader r = { .at = s, .end = whole_end(s, n) };
	struct state state = { 0 };
	uint64_t attempts = 0, next = 0, waited = 0, since = 0, crashes = 0;
	int result = -EBADMSG;

	if (!memchr(s, '\0', n) && take(&r, MAGIC) && take(&r, "attempts ") &&
		take_number(&r, '\n', UINT32_MAX, &attempts) && take(&r, "next ") &&
		take_number(&r, '\n', INT64_MAX, &next) && take(&r, "waited ") &&
		take_number(&r, '\n', INT64_MAX, &waited)) {
		if (take(&r, "since "))
			take_number(&r, '\n', INT64_MAX, &since);
		if (take(&r, "crashes "))
			take_number(&r, '\n', UINT32_MAX, &crashes);
		state.notified = take(&r, "notified\n");
		result = parse_recipients(&r, &state);
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
