/* SPDX-License-Identifier: ISC */
/* DSN parameters: what may go into a command, and what may not. */
#include "unit.h"

#include <string.h>

#include "mail/dsn.h"

struct row {
	const char *text;
	bool valid;
};

static void check(
	const struct row *rows, size_t count, bool (*valid)(const char *s, size_t n))
{
	for (size_t i = 0; i < count; i++) {
		if (valid(rows[i].text, strlen(rows[i].text)) != rows[i].valid)
			fail_msg("'%s' should be %s", rows[i].text,
				rows[i].valid ? "valid" : "invalid");
	}
}

static void test_mail_parameters(void **state)
{
	static const struct row rows[] = {
		{ "RET=FULL", true },
		{ "ret=hdrs ENVID=a+2Bb", true },
		{ "ENVID=x RET=FULL", true },
		{ "", false },
		{ "RET=", false },
		{ "RET=HALF", false },
		{ "RET=FULL RET=FULL", false },
		{ "RET=FULL  ENVID=x", false },
		{ " RET=FULL", false },
		{ "RET=FULL ", false },
		{ "ENVID=a b", false },
		{ "ENVID=a=b", false },
		{ "ENVID=+2b", false },
		{ "ENVID=+2", false },
		{ "ENVID=\xc3\xb6", false },
		{ "RET=FULL\r\nRCPT", false },
		{ "NOTIFY=NEVER", false },
		{ "SIZE=1", false },
		{ "ENVID=0123456789012345678901234567890123456789012345678901234567890123"
		  "456789012345678901234567890123456789x",
			false },
	};

	(void)state;
	check(rows, COUNT(rows), dsn_mail_valid);
	assert_false(dsn_mail_valid("RET=FULL\0", 9));
}

static void test_rcpt_parameters(void **state)
{
	static const struct row rows[] = {
		{ "NOTIFY=NEVER", true },
		{ "notify=success,Failure,DELAY ORCPT=rfc822;a@b.org", true },
		{ "ORCPT=rfc822;a+2Bb@c", true },
		{ "NOTIFY=NEVER,DELAY", false },
		{ "NOTIFY=DELAY,DELAY", false },
		{ "NOTIFY=DELAY,", false },
		{ "NOTIFY=", false },
		{ "NOTIFY=SOMETIMES", false },
		{ "ORCPT=a@b", false },
		{ "ORCPT=;a@b", false },
		{ "RET=FULL", false },
	};

	(void)state;
	check(rows, COUNT(rows), dsn_rcpt_valid);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mail_parameters),
		cmocka_unit_test(test_rcpt_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
