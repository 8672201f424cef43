/* SPDX-License-Identifier: ISC */
#include "conf/sender.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "conf/route.h"

#define BLANKS " \t"

static void copy_trimmed(char *to, const char *s, size_t n)
{
	while (n > 0 && strchr(BLANKS, s[0])) {
		s++;
		n--;
	}
	while (n > 0 && strchr(BLANKS, s[n - 1]))
		n--;
	memcpy(to, s, n);
	to[n] = '\0';
}

bool sender_rule_split(const char *rule, const char *mark, char left[SENDER_RULE_MAX + 1],
	char right[SENDER_RULE_MAX + 1])
{
	const char *at = strstr(rule, mark);

	if (!at || strlen(rule) > SENDER_RULE_MAX)
		return false;
	copy_trimmed(left, rule, (size_t)(at - rule));
	at += strlen(mark);
	copy_trimmed(right, at, strlen(at));
	return *left && *right;
}

/* The next rule of a list, taken apart. False at its end. */
static bool next_rule(const char **list, const char *mark, char left[SENDER_RULE_MAX + 1],
	char right[SENDER_RULE_MAX + 1])
{
	char rule[SENDER_RULE_MAX + 1];
	const char *item;
	size_t n;

	while ((item = text_list_next(list, &n))) {
		if (n > SENDER_RULE_MAX)
			continue;
		memcpy(rule, item, n);
		rule[n] = '\0';
		if (sender_rule_split(rule, mark, left, right))
			return true;
	}
	return false;
}

/* By the first rule that is about a whole DOMAIN, or about an address, and fits. */
static bool map_by(
	const char *list, const char *address, bool domain, char to[ADDRESS_MAX + 1])
{
	char from[SENDER_RULE_MAX + 1], into[SENDER_RULE_MAX + 1];
	const char *at = strrchr(address, '@');

	while (next_rule(&list, "->", from, into)) {
		size_t local = *into == '@' && at ? (size_t)(at - address) : 0;
		size_t n = strlen(into);

		if ((*from == '@') != domain || !route_has_address(from, address) ||
			local + n > ADDRESS_MAX)
			continue;
		memcpy(to, address, local);
		memcpy(to + local, into, n + 1);
		return true;
	}
	return false;
}

const char *sender_map(
	const struct conf *conf, const char *address, char to[ADDRESS_MAX + 1])
{
	if (map_by(conf->rewrite, address, false, to) ||
		map_by(conf->rewrite, address, true, to))
		return to;
	return address;
}

/* True if one of the patterns, with blanks between, has the address. */
static bool any_has(char *patterns, const char *address)
{
	char *rest, *pattern = strtok_r(patterns, BLANKS, &rest);

	while (pattern && !route_has_address(pattern, address))
		pattern = strtok_r(NULL, BLANKS, &rest);
	return pattern != NULL;
}

bool sender_is_allowed(
	const struct conf *conf, const struct sender_user *user, const char *address)
{
	char who[SENDER_RULE_MAX + 1], patterns[SENDER_RULE_MAX + 1];
	bool named = false, own = false, others = false, others_too = false;
	const char *list = conf->user_senders;

	if (!*list)
		return true;
	while (next_rule(&list, ":", who, patterns)) {
		if (strcmp(who, "*") == 0) {
			others = true;
			others_too = others_too || any_has(patterns, address);
		} else if (route_has_user(who, user->uid, user->name)) {
			named = true;
			own = own || any_has(patterns, address);
		}
	}
	if (named)
		return own;
	return others ? others_too : user->uid != ROUTE_UID_UNKNOWN;
}

bool sender_is_kept(
	const struct conf *conf, const struct sender_user *user, const char *address)
{
	if (!*conf->from || strcasecmp(address, conf->from) == 0)
		return true;
	return route_has_address(conf->allowed_senders, address) &&
	       sender_is_allowed(conf, user, address);
}
