/* SPDX-License-Identifier: ISC */
/* The order in which addresses are tried. */
#include "unit.h"

#include <string.h>
#include <sys/socket.h>

#include "wire/net.h"

#define ADDRESSES_MAX 8

/* In the order in which the resolver has them: "6" and "4", each with its letter. */
static void order(const char *found, char *to)
{
	struct addrinfo list[ADDRESSES_MAX] = { 0 };
	size_t count = strlen(found) / 2;

	for (size_t i = 0; i < count; i++) {
		list[i].ai_family = found[2 * i] == '6' ? AF_INET6 : AF_INET;
		list[i].ai_canonname = (char *)found + 2 * i;
		list[i].ai_next = i + 1 < count ? &list[i + 1] : NULL;
	}
	net_interleave(count ? list : NULL);
	for (const struct addrinfo *a = count ? list : NULL; a; a = a->ai_next) {
		memcpy(to, a->ai_canonname, 2);
		to += 2;
	}
	*to = '\0';
}

static void test_families_take_turns(void **state)
{
	static const struct {
		const char *found, *tried;
	} rows[] = {
		{ "", "" },
		{ "4a", "4a" },
		{ "6a6b", "6a6b" },
		{ "6a4b", "6a4b" },
		{ "4a6b", "4a6b" },
		{ "6a6b6c4d4e", "6a4d6b4e6c" },
		{ "6a6b4c", "6a4c6b" },
		{ "4a4b4c6d", "4a6d4b4c" },
		{ "6a4b4c4d6e", "6a4b6e4c4d" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char tried[2 * ADDRESSES_MAX + 1];

		order(rows[i].found, tried);
		assert_string_equal(tried, rows[i].tried);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_families_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
