/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "unit.h"
#include "wire/reply.h"

/* Feeds lines separated by '\n'. What the last one gives; the ones before must want more. */
static int feed(struct reply *reply, const char *lines)
{
	int r = 0;

	memset(reply, 0, sizeof(*reply));
	for (const char *end; r == 0 && lines; lines = end ? end + 1 : NULL) {
		end = strchr(lines, '\n');
		r = reply_add(reply, lines, end ? (size_t)(end - lines) : strlen(lines));
		if (end && r == 1)
			return 2; /* complete too early */
	}
	return r;
}

static void test_replies(void **state)
{
	static const struct {
		const char *lines;
		int code;
		const char *enhanced, *text;
	} cases[] = {
		{ "250 ok", 250, "", "ok" },
		{ "250", 250, "", "" },
		{ "250 ", 250, "", "" },
		{ "250 2.1.5 fine", 250, "2.1.5", "fine" },
		{ "250 2.1.5", 250, "2.1.5", "" },
		{ "550-5.1.1 no\n550 5.1.1 such user", 550, "5.1.1", "no\nsuch user" },
		{ "550-5.1.1 no\n550 such user", 550, "5.1.1", "no\nsuch user" },
		{ "550-first\n550-\n550", 550, "", "first\n\n" },
		{ "450 4.123.999 x", 450, "4.123.999", "x" },
		{ "450 4.1234.9 x", 450, "", "4.1234.9 x" },
		{ "450 5.1.1 class of another", 450, "", "5.1.1 class of another" },
		{ "450 4.1 x", 450, "", "4.1 x" },
		{ "450 4.1.1x", 450, "", "4.1.1x" },
		{ "450 4..1 x", 450, "", "4..1 x" },
		{ "354 3.0.0 go", 354, "", "3.0.0 go" },
		{ "220 b\xc3\xb6se\tx", 220, "", "b??se?x" },
		{ "599 x", 599, "", "x" },
	};
	struct reply reply;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (feed(&reply, cases[i].lines) != 1)
			fail_msg("not taken: %s", cases[i].lines);
		assert_int_equal(reply.code, cases[i].code);
		assert_string_equal(reply.enhanced, cases[i].enhanced);
		assert_string_equal(reply.text, cases[i].text);
		assert_int_equal(reply.len, strlen(cases[i].text));
	}
}

static void test_no_replies(void **state)
{
	static const char *const cases[] = { "", "2", "25", "25x ok", "150 ok", "600 ok",
		"250ok", "250=ok", " 250 ok", "-250 ok", "250-a\n251 b", "250-a\nb",
		"HTTP/1.1 400 Bad Request", "+OK" };
	struct reply reply;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (feed(&reply, cases[i]) != -EBADMSG)
			fail_msg("taken: %s", cases[i]);
	}
}

static void test_more_lines_are_wanted(void **state)
{
	struct reply reply;

	(void)state;
	assert_int_equal(feed(&reply, "250-a\n250-b"), 0);
	assert_int_equal(feed(&reply, "250 a\n250 b"), 2);
}

static void test_bounds(void **state)
{
	struct reply reply = { 0 };
	char line[REPLY_LINE_MAX];

	(void)state;
	for (int i = 0; i < REPLY_LINES_MAX - 1; i++)
		assert_int_equal(reply_add(&reply, "250-x", 5), 0);
	assert_int_equal(reply_add(&reply, "250-x", 5), 0);
	assert_int_equal(reply_add(&reply, "250 x", 5), -EBADMSG);

	memset(&reply, 0, sizeof(reply));
	memset(line, 'x', sizeof(line));
	memcpy(line, "250-", 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(reply_add(&reply, line, sizeof(line)), 0);
	assert_int_equal(reply_add(&reply, line, sizeof(line)), -EBADMSG);
	assert_in_range(reply.len, 4 * (sizeof(line) - 4), sizeof(reply.text) - 1);
	assert_int_equal(strlen(reply.text), reply.len);
}

static void test_sentence(void **state)
{
	struct reply reply;
	char text[8];

	(void)state;
	feed(&reply, "250-one\n250 two and more");
	reply_sentence(&reply, text, sizeof(text));
	assert_string_equal(text, "one two");
	feed(&reply, "250 one");
	reply_sentence(&reply, text, sizeof(text));
	assert_string_equal(text, "one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_no_replies),
		cmocka_unit_test(test_more_lines_are_wanted),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_sentence),
	};

	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
