/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "unit.h"
#include "wire/lines.h"
#include "wire/path.h"

/* Appends N octets of a message with dots doubled. False if they are not in wire form. */
static bool stuff(struct lines *lines, const char *s, size_t n, struct buf *out)
{
	while (n > 0) {
		bool dot = false;
		ssize_t len = lines_next(lines, s, n, &dot);

		if (len < 0)
			return false;
		assert_in_range(len, 1, n);
		if (dot)
			buf_addc(out, '.');
		buf_add(out, s, (size_t)len);
		s += len;
		n -= (size_t)len;
	}
	return true;
}

static void test_dots_in_one_piece_and_split_everywhere(void **state)
{
	static const char *const cases[][2] = {
		{ "a\r\n", "a\r\n" },
		{ ".\r\n", "..\r\n" },
		{ "a\r\n.\r\n..b\r\n", "a\r\n..\r\n...b\r\n" },
		{ "a.b\r\n\r\n.c", "a.b\r\n\r\n..c" },
		{ "\r\n.", "\r\n.." },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n = strlen(cases[i][0]);

		for (size_t split = 0; split <= n; split++) {
			struct lines lines = { 0 };
			struct buf out = { 0 };

			assert_true(stuff(&lines, cases[i][0], split, &out));
			assert_true(stuff(&lines, cases[i][0] + split, n - split, &out));
			assert_string_equal(buf_cstr(&out), cases[i][1]);
			assert_int_equal(lines.in_line, cases[i][0][n - 1] != '\n');
			buf_free(&out);
		}
	}
}

static void test_bare_line_ends_are_found_wherever_they_are(void **state)
{
	static const char *const cases[] = { "\n", "a\n", "a\r\n\n", "a\rb\r\n", "\r\r\n",
		"a\r\r\n", "a\r\n.\n.\r\n", "a\n.\r\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n = strlen(cases[i]);

		for (size_t split = 0; split <= n; split++) {
			struct lines lines = { 0 };
			struct buf out = { 0 };

			assert_false(stuff(&lines, cases[i], split, &out) &&
				     stuff(&lines, cases[i] + split, n - split, &out));
			buf_free(&out);
		}
	}
}

static void test_half_a_line_end_is_not_the_end(void **state)
{
	struct lines lines = { 0 };
	struct buf out = { 0 };

	(void)state;
	assert_true(stuff(&lines, "a\r", 2, &out));
	assert_true(lines.in_line);
	buf_free(&out);
}

static void test_paths(void **state)
{
	static const struct {
		const char *address;
		bool safe;
	} cases[] = {
		{ "", true },
		{ "root", true },
		{ "a@example.org", true },
		{ "\"a b\"@example.org", true },
		{ "\"a>b\"@example.org", true },
		{ "\"a\\\"b\"@example.org", true },
		{ "j\xc3\xb6rg@example.org", true },
		{ "a b@example.org", false },
		{ "a@example.org> SIZE=1", false },
		{ "<a@example.org", false },
		{ "\"a@example.org", false },
		{ "\"a\\", false },
		{ "\"a\\\"@example.org", false },
		{ "a\r\nRCPT TO:<b", false },
		{ "a\x7f@example.org", false },
	};
	char longest[PATH_LENGTH_MAX + 2];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (path_is_safe(cases[i].address) != cases[i].safe)
			fail_msg("%s", cases[i].address);
	}
	memset(longest, 'a', sizeof(longest));
	longest[PATH_LENGTH_MAX + 1] = '\0';
	assert_false(path_is_safe(longest));
	longest[PATH_LENGTH_MAX] = '\0';
	assert_true(path_is_safe(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dots_in_one_piece_and_split_everywhere),
		cmocka_unit_test(test_bare_line_ends_are_found_wherever_they_are),
		cmocka_unit_test(test_half_a_line_end_is_not_the_end),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
