/* SPDX-License-Identifier: ISC */
#include "mail/dsn.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

bool dsn_xtext_valid(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '!' || *s > '~' || *s == '=')
			return false;
		if (*s != '+')
			continue;
		if (!is_hex(s[1]) || !is_hex(s[2]))
			return false;
		s += 2;
	}
	return true;
}

bool dsn_ret_valid(const char *value)
{
	return strcasecmp(value, "FULL") == 0 || strcasecmp(value, "HDRS") == 0;
}

bool dsn_envid_valid(const char *value)
{
	return strlen(value) <= DSN_ENVID_MAX && dsn_xtext_valid(value);
}

/*
 * What follows NOTIFY= (RFC 3461 section 4.1), up to a blank: NEVER alone, which *RET has no bit for, or
 * some of the others, each once.
 */
static bool parse_notify(const char *value, unsigned *ret)
{
	static const struct {
		const char *name;
		unsigned event;
	} known[] = { { "NEVER", 0 }, { "SUCCESS", DSN_SUCCESS },
		{ "FAILURE", DSN_FAILURE }, { "DELAY", DSN_DELAY } };
	unsigned seen = 0;

	*ret = 0;
	for (;; value++) {
		size_t n = strcspn(value, ", "), i = 0;

		while (i < 4 && !text_is(value, n, known[i].name))
			i++;
		if (i == 4 || seen & 1u << i)
			return false;
		seen |= 1u << i;
		*ret |= known[i].event;
		value += n;
		if (*value != ',')
			return !(seen & 1) || seen == 1;
	}
}

bool dsn_notify_valid(const char *value)
{
	unsigned events;

	return !strchr(value, ' ') && parse_notify(value, &events);
}

/* An address type, a semicolon, the address as xtext. */
bool dsn_orcpt_valid(const char *value)
{
	const char *semicolon = strchr(value, ';');

	return semicolon && semicolon != value && strlen(value) <= DSN_ORCPT_MAX &&
	       dsn_xtext_valid(value);
}

struct parameter {
	const char *keyword; /* with its '=' */
	bool (*valid)(const char *value);
};

/* Two keywords, each at most once. */
static bool parameters_valid(const char *s, size_t n, const struct parameter known[2])
{
	char copy[DSN_PARAMETERS_MAX + 1], *rest = copy, *word;
	unsigned seen = 0;

	if (n > DSN_PARAMETERS_MAX || memchr(s, '\0', n))
		return false;
	memcpy(copy, s, n);
	copy[n] = '\0';
	while ((word = strsep(&rest, " "))) {
		size_t i = 0, len = 0;

		for (; i < 2; i++) {
			len = strlen(known[i].keyword);
			if (text_starts(word, strlen(word), known[i].keyword))
				break;
		}
		if (i == 2 || seen & 1u << i || !known[i].valid(word + len))
			return false;
		seen |= 1u << i;
	}
	return true;
}

bool dsn_mail_valid(const char *s, size_t n)
{
	static const struct parameter known[] = { { "RET=", dsn_ret_valid },
		{ "ENVID=", dsn_envid_valid } };

	return parameters_valid(s, n, known);
}

bool dsn_rcpt_valid(const char *s, size_t n)
{
	static const struct parameter known[] = { { "NOTIFY=", dsn_notify_valid },
		{ "ORCPT=", dsn_orcpt_valid } };

	return parameters_valid(s, n, known);
}

const char *dsn_find(const char *parameters, const char *keyword, size_t *ret_len)
{
	size_t n = strlen(keyword);

	for (const char *word = parameters; word && *word;) {
		size_t len = strcspn(word, " ");

		if (len > n && text_starts(word, len, keyword)) {
			*ret_len = len - n;
			return word + n;
		}
		word += len + (word[len] == ' ');
	}
	return NULL;
}

unsigned dsn_events(const char *parameters)
{
	size_t n;
	const char *value = dsn_find(parameters, "NOTIFY=", &n);
	unsigned events = DSN_FAILURE | DSN_DELAY;

	if (value)
		parse_notify(value, &events);
	return events;
}

bool dsn_headers_only(const char *parameters)
{
	size_t n;
	const char *value = dsn_find(parameters, "RET=", &n);

	return value && strncasecmp(value, "HDRS", 4) == 0;
}

static int hex_value(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

void dsn_xtext_decode(const char *s, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (c == '+') {
			c = (char)(hex_value(s[i + 1]) << 4 | hex_value(s[i + 2]));
			i += 2;
		}
		buf_addc(out, c < ' ' || c > '~' ? '?' : c);
	}
}
