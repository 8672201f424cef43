/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <string.h>

#include "sendmail/options.h"

#define WORDS_MAX 8

/* A command line and what it comes to; words after the first. */
static const struct {
	const char *argv[WORDS_MAX];
	bool good;
	bool t;
	bool i;
	const char *sender;
	const char *name;
	const char *first; /* recipient word */
} rows[] = {
	{ { "a@b" }, true, false, false, NULL, NULL, "a@b" },
	{ { "-t", "-i" }, true, true, true, NULL, NULL, NULL },
	{ { "-ti" }, true, true, true, NULL, NULL, NULL },
	{ { "-it" }, true, true, true, NULL, NULL, NULL },
	{ { "-oi", "-t" }, true, true, true, NULL, NULL, NULL },
	{ { "-o", "i", "a" }, true, false, true, NULL, NULL, "a" },
	{ { "-i", "-oifalse", "a" }, true, false, false, NULL, NULL, "a" },
	{ { "-OIgnoreDots=true", "a" }, true, false, true, NULL, NULL, "a" },
	{ { "-fx@y", "a" }, true, false, false, "x@y", NULL, "a" },
	{ { "-f", "x@y", "a" }, true, false, false, "x@y", NULL, "a" },
	{ { "-tfx@y" }, true, true, false, "x@y", NULL, NULL },
	{ { "-f", "", "a" }, true, false, false, "", NULL, "a" },
	{ { "-f", "-x@y", "a" }, true, false, false, "-x@y", NULL, "a" },
	{ { "-fone", "-rtwo", "a" }, true, false, false, "two", NULL, "a" },
	{ { "-FCronDaemon", "-i", "-B8BITMIME", "-oem", "a" }, true, false, true, NULL,
		"CronDaemon", "a" },
	{ { "-B", "8BITMIME", "a" }, true, false, false, NULL, NULL, "a" },
	{ { "-i", "--", "-x@y" }, true, false, true, NULL, NULL, "-x@y" },
	{ { "a", "-t" }, true, false, false, NULL, NULL, "a" },
	{ { "a", "-X/tmp/x" }, true, false, false, NULL, NULL, "a" },
	{ { "-X", "/tmp/x", "a" }, true, false, false, NULL, NULL, "a" },
	{ { "-C/tmp/x", "-D", "/tmp/y", "a" }, true, false, false, NULL, NULL, "a" },
	{ { "-oQ/tmp", "-oA/tmp/x", "a" }, true, false, false, NULL, NULL, "a" },
	{ { "-d0.1", "-d", "a" }, true, false, false, NULL, NULL, "a" },
	{ { "-bm", "a" }, true, false, false, NULL, NULL, "a" },
	{ { "-N", "never", "-Rhdrs", "-Vx", "a" }, true, false, false, NULL, NULL, "a" },
	{ { "-vm", "a" }, true, false, false, NULL, NULL, "a" },
	{ { NULL }, true, false, false, NULL, NULL, NULL },
	{ { "-f" }, false, false, false, NULL, NULL, NULL },
	{ { "-" }, false, false, false, NULL, NULL, NULL },
	{ { "-ba" }, false, false, false, NULL, NULL, NULL },
	{ { "-be", "a" }, false, false, false, NULL, NULL, "a" },
	{ { "-Z", "a" }, false, false, false, NULL, NULL, "a" },
	{ { "--exec", "a" }, false, false, false, NULL, NULL, "a" },
};

static void same(const char *got, const char *expected)
{
	if (expected)
		assert_string_equal(got, expected);
	else
		assert_null(got);
}

static void test_command_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *argv[WORDS_MAX + 2] = { (char *)"sendmail" };
		struct options o;

		for (size_t k = 0; k < WORDS_MAX && rows[i].argv[k]; k++)
			argv[k + 1] = (char *)rows[i].argv[k];
		assert_int_equal(options_parse(argv, &o), rows[i].good);
		assert_int_equal(*o.fault == '\0', rows[i].good);
		assert_int_equal(o.from_header, rows[i].t);
		assert_int_equal(o.dots_are_data, rows[i].i);
		same(o.sender, rows[i].sender);
		same(o.full_name, rows[i].name);
		same(o.words[0], rows[i].first);
	}
}

/* Which mode a command line comes to, by the name of the program or by an option. */
static const struct {
	const char *argv[WORDS_MAX];
	bool good;
	enum mode mode;
} mode_rows[] = {
	{ { "sendmail" }, true, MODE_SUBMIT },
	{ { "/usr/lib/sendmail" }, true, MODE_SUBMIT },
	{ { "send-mail", "a" }, true, MODE_SUBMIT },
	{ { "anything" }, true, MODE_SUBMIT },
	{ { "sendmail", "-bm", "a" }, true, MODE_SUBMIT },
	{ { "sendmail", "-bq", "a" }, true, MODE_SUBMIT },
	{ { "sendmail", "-b", "p" }, true, MODE_LIST },
	{ { "sendmail", "-bp", "-v" }, true, MODE_LIST },
	{ { "/usr/bin/mailq" }, true, MODE_LIST },
	{ { "mailq", "-v", "-Ac" }, true, MODE_LIST },
	{ { "mailq", "-C", "/x" }, true, MODE_LIST },
	{ { "mailq", "-qIabc" }, true, MODE_LIST },
	{ { "mailq", "a@b" }, false, MODE_LIST },
	{ { "sendmail", "-bP" }, true, MODE_COUNT },
	{ { "newaliases" }, true, MODE_ALIASES },
	{ { "newaliases", "-bp" }, true, MODE_LIST },
	{ { "sendmail", "-bi" }, true, MODE_ALIASES },
	{ { "sendmail", "-I", "-oA/etc/aliases" }, true, MODE_ALIASES },
	{ { "runq" }, true, MODE_FLUSH },
	{ { "sendmail", "-q" }, true, MODE_FLUSH },
	{ { "sendmail", "-bm", "-q" }, true, MODE_FLUSH },
	{ { "sendmail", "-q", "-bm" }, true, MODE_FLUSH },
	{ { "sendmail", "-vqf" }, true, MODE_FLUSH },
	{ { "sendmail", "-q30m" }, true, MODE_FLUSH },
	{ { "sendmail", "-q1h30m" }, true, MODE_FLUSH },
	{ { "sendmail", "-q90" }, true, MODE_FLUSH },
	{ { "sendmail", "-qIabc" }, true, MODE_FLUSH },
	{ { "sendmail", "-qRexample.org" }, true, MODE_FLUSH },
	{ { "sendmail", "-qSroot" }, true, MODE_FLUSH },
	{ { "sendmail", "-qI" }, false, MODE_SUBMIT },
	{ { "sendmail", "-qp30m" }, false, MODE_SUBMIT },
	{ { "sendmail", "-qGname" }, false, MODE_SUBMIT },
	{ { "sendmail", "-q!Iabc" }, false, MODE_SUBMIT },
	{ { "sendmail", "-q30x" }, false, MODE_SUBMIT },
	{ { "sendmail", "-q", "30m" }, false, MODE_FLUSH }, /* that is a recipient */
	{ { "sendmail", "-bd", "-q30m" }, true, MODE_DAEMON },
	{ { "sendmail", "-q30m", "-bD" }, true, MODE_DAEMON },
	{ { "sendmail", "-bl" }, true, MODE_DAEMON },
	{ { "smtpd" }, true, MODE_DAEMON },
	{ { "sendmail", "-bv", "a" }, true, MODE_VERIFY },
	{ { "sendmail", "-bh" }, true, MODE_NOTHING },
	{ { "sendmail", "-bH" }, true, MODE_NOTHING },
	{ { "hoststat", "a" }, true, MODE_NOTHING },
	{ { "purgestat" }, true, MODE_NOTHING },
	{ { "sendmail", "--help" }, true, MODE_HELP },
	{ { "sendmail", "--version" }, true, MODE_VERSION },
	{ { "sendmail", "-bpc" }, false, MODE_SUBMIT },
	{ { "sendmail", "-bt" }, false, MODE_SUBMIT },
};

static void test_modes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(mode_rows); i++) {
		char *argv[WORDS_MAX + 1] = { 0 };
		struct options o;

		for (size_t k = 0; k < WORDS_MAX && mode_rows[i].argv[k]; k++)
			argv[k] = (char *)mode_rows[i].argv[k];
		assert_int_equal(options_parse(argv, &o), mode_rows[i].good);
		assert_int_equal(o.mode, mode_rows[i].mode);
	}
}

static void test_reports(void **state)
{
	char *argv[] = { (char *)"sendmail", (char *)"-Nnever", (char *)"-R",
		(char *)"hdrs", (char *)"-Rfull", (char *)"-V", (char *)"id", (char *)"a",
		NULL };
	struct options o;

	(void)state;
	assert_true(options_parse(argv, &o));
	assert_string_equal(o.notify, "never");
	assert_string_equal(o.ret, "full");
	assert_string_equal(o.envid, "id");
	assert_string_equal(o.words[0], "a");
	assert_false(o.tell_version);
	argv[1] = (char *)"-d0.1";
	assert_true(options_parse(argv, &o));
	assert_true(o.tell_version);
}

static void test_error_modes(void **state)
{
	char *quiet[] = { (char *)"sendmail", (char *)"-oeq", (char *)"a", NULL };
	char *loud[] = { (char *)"sendmail", (char *)"-oeq", (char *)"-em", NULL };
	char *none[] = { NULL };
	struct options o;

	(void)state;
	assert_true(options_parse(quiet, &o));
	assert_true(o.silent);
	assert_true(options_parse(loud, &o));
	assert_false(o.silent);
	assert_true(options_parse(none, &o));
	assert_null(o.words[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command_lines),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_error_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
