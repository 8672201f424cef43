/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "wire/auth.h"

/* The next line, or its error, compared with what is expected. */
static void expect(struct auth *auth, int result, const char *line)
{
	struct buf out = { 0 };

	assert_int_equal(auth_next(auth, &out), result);
	if (result == 0)
		assert_string_equal(buf_cstr(&out), line);
	auth_wipe(&out);
	assert_null(out.data);
}

static void test_plain(void **state)
{
	/* the example of RFC 4616 section 4, without an authorization identity */
	struct auth auth = { AUTH_PLAIN, "tim", "tanstaaftanstaaf", 0 };

	(void)state;
	expect(&auth, 0, "AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
	expect(&auth, -EPROTO, NULL);
}

static void test_login(void **state)
{
	struct auth auth = { AUTH_LOGIN, "user@example.org", "p\xc3\xa4ss", 0 };

	(void)state;
	expect(&auth, 0, "AUTH LOGIN");
	expect(&auth, 0, "dXNlckBleGFtcGxlLm9yZw==");
	expect(&auth, 0, "cMOkc3M=");
	expect(&auth, -EPROTO, NULL);
}

static void test_a_server_that_repeats_the_password(void **state)
{
	static const struct {
		const char *said, *shown;
	} cases[] = {
		{ "no", "no" },
		{ "AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm?",
			"AUTH PLAIN ****************************?" },
		{ "dGFuc3RhYWZ0YW5zdGFhZg== is wrong",
			"************************ is wrong" },
		{ "tanstaaftanstaaf is not tanstaaf",
			"**************** is not tanstaaf" },
		{ "tanstaaftanstaaftanstaaftanstaaf",
			"********************************" },
	};
	const struct auth auth = { AUTH_LOGIN, "tim", "tanstaaftanstaaf", 3 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s", cases[i].said);
		auth_hide(&auth, text);
		assert_string_equal(text, cases[i].shown);
	}
}

static void test_none(void **state)
{
	struct auth auth = { AUTH_NONE, "user", "secret", 0 };

	(void)state;
	expect(&auth, -EPROTO, NULL);
}

static void test_long_secrets(void **state)
{
	static char password[9000];
	struct auth auth = { AUTH_PLAIN, "user", password, 0 };
	struct buf out = { 0 };
	const char *before;

	(void)state;
	memset(password, 'x', sizeof(password) - 1);
	expect(&auth, -EINVAL, NULL);
	password[8000] = '\0';
	auth.step = 0;
	before = buf_reserve(&out, 16384);
	assert_int_equal(auth_next(&auth, &out), 0);
	assert_ptr_equal(out.data, before); /* did not move: no copy is left behind */
	auth_wipe(&out);
}

static void test_choice(void **state)
{
	const struct caps both = { .auth_plain = true, .auth_login = true };
	const struct caps login = { .auth_login = true };
	const struct caps none = { .auth = "NTLM" };

	(void)state;
	assert_int_equal(auth_choose(&both), AUTH_PLAIN);
	assert_int_equal(auth_choose(&login), AUTH_LOGIN);
	assert_int_equal(auth_choose(&none), AUTH_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_a_server_that_repeats_the_password),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_long_secrets),
		cmocka_unit_test(test_choice),
	};

	return cmocka_run_group_tests_name("auth", tests, NULL, NULL);
}
