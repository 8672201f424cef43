/* SPDX-License-Identifier: ISC */
#include "conf/rate.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"

/* The first name of each length of time is the one that is written. */
static const struct period {
	const char *name;
	unsigned seconds;
} periods[] = { { "s", 1 }, { "sec", 1 }, { "second", 1 }, { "min", 60 }, { "m", 60 },
	{ "minute", 60 }, { "h", 3600 }, { "hour", 3600 }, { "day", 86400 },
	{ "d", 86400 } };

#define PERIOD_COUNT (sizeof(periods) / sizeof(periods[0]))

static bool is_word(const char *text, size_t n, const char *word)
{
	return n == strlen(word) && strncmp(text, word, n) == 0;
}

/* Behind the number: nothing, or a blank and what is counted. */
static bool parse_what(const char *text, size_t n, bool *ret_recipients)
{
	size_t blanks = n ? strspn(text, " \t") : 0;

	while (n > blanks && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	if (n <= blanks)
		blanks = n;
	text += blanks;
	n -= blanks;
	*ret_recipients = is_word(text, n, "recipients") || is_word(text, n, "recipient");
	return n == 0 || *ret_recipients || is_word(text, n, "messages") ||
	       is_word(text, n, "message");
}

/* The N octets of one item. False, and *RET untouched, if it is none. */
static bool rate_parse(const char *item, size_t n, struct rate *ret)
{
	const char *slash = memchr(item, '/', n);
	size_t digits = strspn(item, "0123456789"), left;
	struct rate rate = { 0 };
	uint64_t count;

	if (!slash || digits > (size_t)(slash - item) ||
		num_parse(item, digits, RATE_COUNT_MAX, &count) < 0 || count == 0 ||
		!parse_what(
			item + digits, (size_t)(slash - item) - digits, &rate.recipients))
		return false;
	rate.count = (unsigned)count;
	slash++;
	slash += strspn(slash, " \t");
	left = slash < item + n ? (size_t)(item + n - slash) : 0;
	for (size_t i = 0; i < PERIOD_COUNT && !rate.period_s; i++) {
		if (is_word(slash, left, periods[i].name))
			rate.period_s = periods[i].seconds;
	}
	if (rate.period_s)
		*ret = rate;
	return rate.period_s;
}

size_t rate_parse_list(const char *list, struct rate to[RATES_MAX])
{
	size_t count = 0, n;
	const char *item;

	if (strcmp(list, "none") == 0)
		return 0;
	while ((item = text_list_next(&list, &n))) {
		if (count == RATES_MAX || !rate_parse(item, n, &to[count]))
			return RATES_MAX + 1;
		count++;
	}
	return count;
}

void rate_format(const struct rate *rate, char to[RATE_WORDS])
{
	size_t i = 0;

	while (i + 1 < PERIOD_COUNT && periods[i].seconds != rate->period_s)
		i++;
	snprintf(to, RATE_WORDS, "%u%s/%s", rate->count,
		rate->recipients ? " recipients" : "", periods[i].name);
}
