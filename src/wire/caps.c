/* SPDX-License-Identifier: ISC */
#include "wire/caps.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/sasl.h"
#include "base/span.h"
#include "base/text.h"

static const struct {
	const char *name;
	size_t member;
} flags[] = {
	{ "STARTTLS", offsetof(struct caps, starttls) },
	{ "PIPELINING", offsetof(struct caps, pipelining) },
	{ "CHUNKING", offsetof(struct caps, chunking) },
	{ "8BITMIME", offsetof(struct caps, eight_bit_mime) },
	{ "SMTPUTF8", offsetof(struct caps, smtputf8) },
	{ "DSN", offsetof(struct caps, dsn) },
	{ "ENHANCEDSTATUSCODES", offsetof(struct caps, enhanced_codes) },
};

#define FLAG_COUNT (sizeof(flags) / sizeof(flags[0]))

/* Takes the next word off the front of *LINE, which ends at END. */
static bool word_next(const char **line, const char *end, struct span *ret)
{
	while (*line < end && **line == ' ')
		(*line)++;
	ret->at = *line;
	while (*line < end && **line != ' ')
		(*line)++;
	ret->len = (size_t)(*line - ret->at);
	return ret->len > 0;
}

static void add_mechanism(struct caps *caps, struct span mechanism)
{
	size_t used = strlen(caps->auth);

	caps->mechanisms |= 1u << sasl_find(mechanism.at, mechanism.len);
	snprintf(caps->auth + used, sizeof(caps->auth) - used, "%s%.*s", used ? " " : "",
		(int)mechanism.len, mechanism.at);
}

static void parse_auth(struct caps *caps, const char *at, const char *end)
{
	struct span mechanism;

	while (word_next(&at, end, &mechanism))
		add_mechanism(caps, mechanism);
}

static void parse_size(struct caps *caps, const char *at, const char *end)
{
	struct span limit;

	caps->size = true;
	if (word_next(&at, end, &limit))
		num_parse(limit.at, limit.len, UINT64_MAX, &caps->size_max);
}

static void parse_line(struct caps *caps, const char *at, const char *end)
{
	struct span word;

	if (!word_next(&at, end, &word))
		return;
	if (text_is(word.at, word.len, "AUTH")) {
		parse_auth(caps, at, end);
		return;
	}
	if (word.len > 5 && text_starts(word.at, word.len, "AUTH=")) {
		parse_auth(caps, word.at + 5, end); /* as before RFC 2554 */
		return;
	}
	if (text_is(word.at, word.len, "SIZE"))
		parse_size(caps, at, end);
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		bool *flag = (void *)((char *)caps + flags[i].member);

		*flag |= text_is(word.at, word.len, flags[i].name);
	}
}

void caps_parse(const struct reply *reply, struct caps *ret)
{
	const char *end = reply->text + reply->len;
	const char *line = memchr(reply->text, '\n', reply->len);
	struct caps caps = { 0 };

	/* the first line is the server's name and greeting */
	while (line) {
		const char *next = memchr(line + 1, '\n', (size_t)(end - line - 1));

		parse_line(&caps, line + 1, next ? next : end);
		line = next;
	}
	*ret = caps;
}

void caps_describe(const struct caps *caps, struct buf *out)
{
	const char *blank = "";

	for (size_t i = 0; i < FLAG_COUNT; i++) {
		const bool *offered =
			(const void *)((const char *)caps + flags[i].member);

		if (!*offered)
			continue;
		buf_addf(out, "%s%s", blank, flags[i].name);
		blank = " ";
	}
	if (caps->size) {
		buf_addf(out, "%sSIZE=%llu", blank, (unsigned long long)caps->size_max);
		blank = " ";
	}
	if (*caps->auth)
		buf_addf(out, "%sAUTH=%s", blank, caps->auth);
}
