/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <time.h>

#include "courier/rewrite.h"
#include "unit.h"

#define TRACE                                                                            \
	"Received: by host.example.org (mailchute, from userid 33)\r\n\tid ID7; "        \
	"Mon, 24 Nov 2025 16:00:00 +0000\r\n"

static void test_fields(void **state)
{
	static const struct {
		const char *from, *section, *expected;
	} cases[] = {
		{ "", "", "" },
		{ "", "From: a@b.org\r\nSender: x@y.org\r\n",
			"From: a@b.org\r\nSender: x@y.org\r\n" },
		{ "", "From: root (Cron Daemon)\r\nTo: root\r\n",
			"From: \"Cron Daemon\" <root@host.example.org>\r\n"
			"To: root@host.example.org\r\n" },
		{ "", "To: a@b.org, root\r\nCC : Ann\r\n <ann>\r\n",
			"To: a@b.org,\r\n\troot@host.example.org\r\n"
			"CC: \"Ann\" <ann@host.example.org>\r\n" },
		{ "", "To: undisclosed-recipients:;\r\nCc: x: a@b.org;\r\n",
			"To: undisclosed-recipients:;\r\nCc: x: a@b.org;\r\n" },
		{ "", "To: root, <\r\nBcc: x\r\n", "To: root, <\r\nBcc: x\r\n" },
		{ "s@p.com", "To: root\r\nFrom: s@p.com\r\n",
			"To: root@host.example.org\r\nFrom: s@p.com\r\n" },
		{ "s@p.com", "Subject: hi\r\n", "Subject: hi\r\nFrom: s@p.com\r\n" },
		{ "s@p.com",
			"From: Ann Bee <a@b.org>\r\nSender: x@y.org\r\nTo: c@d.org\r\n",
			"From: \"Ann Bee\" <s@p.com>\r\n"
			"X-Original-From: Ann Bee <a@b.org>\r\n"
			"Reply-To: \"Ann Bee\" <a@b.org>\r\nTo: c@d.org\r\n" },
		{ "s@p.com", "From: a@b.org\r\nREPLY-TO: r@b.org\r\n",
			"From: s@p.com\r\nX-Original-From: a@b.org\r\nREPLY-TO: "
			"r@b.org\r\n" },
		{ "s@p.com", "From: root (Cron Daemon)\r\n",
			"From: \"Cron Daemon\" <s@p.com>\r\n"
			"X-Original-From: root (Cron Daemon)\r\n" },
		{ "s@p.com", "From: Me <s@P.com>\r\n", "From: Me <s@P.com>\r\n" },
		{ "s@p.com", "from :\r\n a@b.org,\r\n\tc@d.org\r\nX: y\r\n",
			"From: s@p.com\r\nX-Original-From:\r\n "
			"a@b.org,\r\n\tc@d.org\r\n"
			"Reply-To: a@b.org\r\nX: y\r\n" },
		{ "s@p.com", "From: not, an address <\r\n",
			"From: s@p.com\r\nX-Original-From: not, an address <\r\n" },
		{ "s@p.com", "From: s@p.com, <\r\n",
			"From: s@p.com\r\nX-Original-From: s@p.com, <\r\n"
			"Reply-To: s@p.com\r\n" },
		{ "s@p.com", "From: a@b.org\r\nFrom: c@d.org\r\n",
			"From: s@p.com\r\nX-Original-From: a@b.org\r\n"
			"Reply-To: a@b.org\r\nX-Original-From: c@d.org\r\n" },
	};
	const struct job job = { .id = "ID7", .uid = 33, .arrived_ms = 1764000000000 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = { 0 };
		const char *text;

		rewrite_header(&job, "host.example.org", cases[i].from, cases[i].section,
			strlen(cases[i].section), &out);
		text = buf_cstr(&out);
		assert_memory_equal(text, TRACE, strlen(TRACE));
		assert_string_equal(text + strlen(TRACE), cases[i].expected);
		buf_free(&out);
	}
}

static void test_where_the_section_ends(void **state)
{
	static const struct {
		const char *message;
		size_t section;
	} cases[] = {
		{ "A: b\r\n\r\nbody\r\n", 6 },
		{ "A: b\r\n c\r\nD: e\r\n\r\n", 16 },
		{ "A: b\r\nbody at once\r\n", 6 },
		{ "\r\nbody\r\n", 0 },
		{ " body\r\n", 0 },
		{ "A: b\r\n", 6 },
		{ "A: b", 4 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n = strlen(cases[i].message), section = 0;

		assert_true(rewrite_section(cases[i].message, n, true, &section));
		assert_int_equal(section, cases[i].section);
		/* a shorter piece gives the same answer, or none */
		for (size_t cut = 0; cut < n; cut++) {
			if (rewrite_section(cases[i].message, cut, false, &section))
				assert_int_equal(section, cases[i].section);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_where_the_section_ends),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	return cmocka_run_group_tests_name("rewrite", tests, NULL, NULL);
}
