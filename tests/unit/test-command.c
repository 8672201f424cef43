/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "unit.h"

static const struct {
	const char *command;
	int result;
	const char *said; /* the line, or the words */
} cases[] = {
	{ "echo secret", 0, "secret" },
	{ "printf 'first\\r\\nsecond\\n'", 0, "first" },
	{ "printf 'no line end'", 0, "no line end" },
	{ "cat; echo after", 0, "after" }, /* there is no input */
	{ "sleep 100 & echo kept", 0, "kept" },
	{ "echo kept; exec >&-; exit 0", 0, "kept" },
	{ "true", -EIO, "said nothing" },
	{ "echo; echo x", -EIO, "said nothing" },
	{ "echo secret; exit 3", -EIO, "ended with status 3" },
	{ "kill -9 $$", -EIO, "was ended by signal 9" },
	{ "/nonexistent/command", -EIO, "was not found (status 127)" },
	{ "yes", -EFBIG, "said more than 8192 octets" },
};

static void test_commands(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *line = NULL, error[128] = "";
		int r = command_line(
			cases[i].command, 20000, &line, error, sizeof(error));

		assert_int_equal(r, cases[i].result);
		assert_string_equal(r == 0 ? line : error, cases[i].said);
		free(line);
	}
}

static void test_input(void **state)
{
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)"wc -c", NULL };
	char text[COMMAND_TEXT_MAX + 2], error[128], *line = NULL;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[COMMAND_TEXT_MAX + 1] = '\0';
	assert_int_equal(
		command_feed(argv, text, 20000, &line, error, sizeof(error)), -EFBIG);
	assert_string_equal(error, "could not be given its input: File too large");
	text[COMMAND_TEXT_MAX] = '\0';
	assert_int_equal(command_feed(argv, text, 20000, &line, error, sizeof(error)), 0);
	assert_string_equal(line, "4096");
	free(line);
}

static void test_deadline(void **state)
{
	static const char *const commands[] = { "sleep 1000", "exec >&-; sleep 1000",
		"trap '' TERM; echo x; sleep 1000 | sleep 1000" };

	(void)state;
	for (size_t i = 0; i < COUNT(commands); i++) {
		char *line = NULL, error[128];

		assert_int_equal(
			command_line(commands[i], 50, &line, error, sizeof(error)),
			-ETIMEDOUT);
		assert_string_equal(error, "did not end within 0 s");
		assert_null(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_input),
		cmocka_unit_test(test_deadline),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
