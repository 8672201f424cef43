/* SPDX-License-Identifier: ISC */
#include "conf/route.h"

#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "base/text.h"
#include "mail/address.h"

bool route_has_address(const char *list, const char *address)
{
	const char *domain = address_domain(address), *item;
	size_t n;

	while ((item = text_list_next(&list, &n))) {
		char pattern[ADDRESS_MAX + 1];

		if (n > ADDRESS_MAX)
			continue;
		memcpy(pattern, item, n);
		pattern[n] = '\0';
		if (*pattern == '@' ? domain && strcasecmp(pattern, domain - 1) == 0
				    : strcasecmp(pattern, address) == 0)
			return true;
	}
	return false;
}

bool route_has_user(const char *list, uint32_t uid, const char *user)
{
	const char *item;
	uint64_t number;
	size_t n;

	if (uid == ROUTE_UID_UNKNOWN)
		return false;
	while ((item = text_list_next(&list, &n))) {
		if (num_parse(item, n, UINT32_MAX, &number) == 0
				? number == uid
				: user && strlen(user) == n && memcmp(item, user, n) == 0)
			return true;
	}
	return false;
}

size_t route_find(const struct conf *conf, const struct route_key *key)
{
	for (size_t i = 1; i <= conf->account_count; i++) {
		const struct conf *account = conf_account(conf, i);

		if (route_has_address(account->senders, key->sender) ||
			route_has_user(account->users, key->uid, key->user) ||
			route_has_address(account->recipients, key->recipient))
			return i;
	}
	return 0;
}
