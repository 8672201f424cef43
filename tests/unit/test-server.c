/* SPDX-License-Identifier: ISC */
/* The SMTP server: the order of things, parameters, addresses, capabilities. */
#include "dialogue.h"

#include <stdio.h>
#include <string.h>

#include "wire/server_path.h"

static void test_transactions(void **state)
{
	static const struct dialogue rows[] = {
		{ "a message", HI "DATA\r\nSubject: s\r\n\r\nhi\r\n.\r\n" QUIT,
			"220 250 250/2.1.0 250/2.1.5 354 250/2.0.0 221/2.0.0",
			"mail <a@example.org>\nrcpt <b@example.net>\n"
			"message Subject: s\r\n\r\nhi\r\n",
			NULL },
		{ "HELO, and verbs in any case",
			"hElO c\r\nmail from:<>\r\nrcpt "
			"to:<Postmaster>\r\ndata\r\n.\r\nquit\r\n",
			"220 250 250/2.1.0 250/2.1.5 354 250/2.0.0 221/2.0.0",
			"mail <>\nrcpt <Postmaster>\nmessage ", NULL },
		{ "some recipients are refused",
			EHLO MAIL RCPT
			"RCPT TO:<no@example.net>\r\nDATA\r\nx\r\n.\r\n" QUIT,
			"220 250 250/2.1.0 250/2.1.5 550/5.1.1 354 250/2.0.0 221/2.0.0",
			"mail <a@example.org>\nrcpt <b@example.net>\nrcpt "
			"<no@example.net>\n"
			"message x\r\n",
			NULL },
		{ "all recipients are refused",
			EHLO MAIL "RCPT TO:<no@example.net>\r\nDATA\r\n" QUIT,
			"220 250 250/2.1.0 550/5.1.1 554/5.5.1 221/2.0.0",
			"mail <a@example.org>\nrcpt <no@example.net>\n", NULL },
		{ "the sender is refused",
			EHLO "MAIL FROM:<no@example.org>\r\n" RCPT "DATA\r\n" QUIT,
			"220 250 550/5.7.1 503/5.5.1 503/5.5.1 221/2.0.0",
			"mail <no@example.org>\n", NULL },
		{ "421 closes", EHLO "MAIL FROM:<bye@example.org>\r\n" RCPT,
			"220 250 421/4.3.2", "mail <bye@example.org>\n", NULL },
		{ "too many recipients", HI RCPT RCPT RCPT QUIT,
			"220 250 250/2.1.0 250/2.1.5 250/2.1.5 250/2.1.5 452/4.5.3 "
			"221/2.0.0",
			"mail <a@example.org>\nrcpt <b@example.net>\nrcpt "
			"<b@example.net>\n"
			"rcpt <b@example.net>\n",
			NULL },
		{ "the disk is full",
			EHLO "MAIL FROM:<full@example.org>\r\n" RCPT
			     "DATA\r\nx\r\n.\r\n" MAIL QUIT,
			"220 250 250/2.1.0 250/2.1.5 354 452/4.3.0 250/2.1.0 221/2.0.0",
			"mail <full@example.org>\nrcpt <b@example.net>\nmail "
			"<a@example.org>\n",
			NULL },
		{ "RSET, EHLO: the transaction is gone",
			HI "RSET\r\n" RCPT MAIL EHLO RCPT QUIT,
			"220 250 250/2.1.0 250/2.1.5 250/2.0.0 503/5.5.1 250/2.1.0 250 "
			"503/5.5.1 "
			"221/2.0.0",
			"mail <a@example.org>\nrcpt <b@example.net>\nmail "
			"<a@example.org>\n",
			NULL },
		{ "the order",
			MAIL "DATA\r\n" EHLO RCPT "DATA\r\n" MAIL MAIL "DATA\r\n" QUIT,
			"220 503/5.5.1 503/5.5.1 250 503/5.5.1 503/5.5.1 250/2.1.0 "
			"503/5.5.1 "
			"554/5.5.1 221/2.0.0",
			"mail <a@example.org>\n", NULL },
		{ "the client leaves", HI "DATA\r\nhal",
			"220 250 250/2.1.0 250/2.1.5 354",
			"mail <a@example.org>\nrcpt <b@example.net>\n", NULL },
		{ "the client leaves before the dot's line ends", HI "DATA\r\nhi\r\n.\r",
			"220 250 250/2.1.0 250/2.1.5 354",
			"mail <a@example.org>\nrcpt <b@example.net>\n", NULL },
	};

	(void)state;
	play_all(rows, COUNT(rows));
}

static void test_the_small_commands(void **state)
{
	static const struct dialogue rows[] = {
		{ "they need no EHLO",
			"NOOP\r\nNOOP x y\r\nVRFY joe\r\nHELP\r\nRSET\r\n" QUIT,
			"220 250/2.0.0 250/2.0.0 252/2.1.5 214/2.0.0 250/2.0.0 221/2.0.0",
			"", NULL },
		{ "arguments missing or too many",
			"EHLO\r\nEHLO a b\r\nVRFY\r\nRSET x\r\nQUIT x\r\n" EHLO
			"DATA x\r\n" QUIT,
			"220 501/5.5.4 501/5.5.4 501/5.5.4 501/5.5.4 501/5.5.4 250 "
			"501/5.5.4 "
			"221/2.0.0",
			"", NULL },
		{ "blanks at the end pass", "NOOP  \r\nRSET \r\n" QUIT,
			"220 250/2.0.0 250/2.0.0 221/2.0.0", "", NULL },
		{ "unknown",
			"XYZZY\r\n\r\nQUI\r\nQUITE\r\n" EHLO
			"STARTTLS\r\nAUTH PLAIN\r\n" QUIT,
			"220 500/5.5.2 500/5.5.2 500/5.5.2 500/5.5.2 250 502/5.5.1 "
			"502/5.5.1 "
			"221/2.0.0",
			"", NULL },
		{ "line ends", "NOOP\nNOOP\rNOOP\r\nNOOP\r\r\n" QUIT,
			"220 500/5.5.2 500/5.5.2 500/5.5.2 221/2.0.0", "", NULL },
	};

	(void)state;
	play_all(rows, COUNT(rows));
}

static void test_parameters(void **state)
{
#define U "\xc3\xbc" /* a u with two dots */
	static const struct dialogue rows[] = {
		{ "all of them",
			EHLO "MAIL FROM:<" U
			     "@example.org> SIZE=10 body=8bitmime SMTPUTF8 RET=hdrs "
			     "ENVID=a+2Bb\r\n"
			     "RCPT TO:<" U "@" U ".example> NOTIFY=success,DELAY "
			     "ORCPT=rfc822;x+40example.net\r\n"
			     "RCPT TO:<b@example.net> NOTIFY=NEVER\r\n" QUIT,
			"220 250 250/2.1.0 250/2.1.5 250/2.1.5 221/2.0.0",
			"mail <" U "@example.org> body=8BITMIME RET=hdrs ENVID=a+2Bb\n"
			"rcpt <" U "@" U
			".example> NOTIFY=success,DELAY ORCPT=rfc822;x+40example.net\n"
			"rcpt <b@example.net> NOTIFY=NEVER\n",
			NULL },
		{ "bad values",
			EHLO "MAIL FROM:<> SIZE=\r\nMAIL FROM:<> SIZE=1x\r\nMAIL FROM:<> "
			     "BODY=9BIT\r\n"
			     "MAIL FROM:<> SMTPUTF8=1\r\nMAIL FROM:<> RET=\r\nMAIL "
			     "FROM:<> ENVID=a+2\r\n"
			     "MAIL FROM:<> SIZE=1 SIZE=1\r\n" MAIL
			     "RCPT TO:<b@example.net> NOTIFY=NEVER,DELAY\r\n"
			     "RCPT TO:<b@example.net> NOTIFY=DELAY,DELAY\r\n"
			     "RCPT TO:<b@example.net> NOTIFY=\r\nRCPT TO:<b@example.net> "
			     "ORCPT=x\r\n" QUIT,
			"220 250 501/5.5.4 501/5.5.4 501/5.5.4 501/5.5.4 501/5.5.4 "
			"501/5.5.4 501/5.5.4 "
			"250/2.1.0 501/5.5.4 501/5.5.4 501/5.5.4 501/5.5.4 221/2.0.0",
			"mail <a@example.org>\n", NULL },
		{ "unknown, or of the other command",
			EHLO "MAIL FROM:<> X=1\r\nMAIL FROM:<> NOTIFY=NEVER\r\nMAIL "
			     "FROM:<>  SIZE=1\r\n" MAIL
			     "RCPT TO:<b@example.net> SIZE=1\r\n" QUIT,
			"220 250 555/5.5.4 555/5.5.4 555/5.5.4 250/2.1.0 555/5.5.4 "
			"221/2.0.0",
			"mail <a@example.org>\n", NULL },
		{ "unknown, and no ASCII",
			EHLO "MAIL FROM:<> " U "\xff=" U "\r\nMAIL FROM:<> =1\r\n" QUIT,
			"220 250 555/5.5.4 555/5.5.4 221/2.0.0", "", NULL },
		{ "UTF-8 must be asked for",
			EHLO "MAIL FROM:<" U "@example.org>\r\n" MAIL "RCPT TO:<" U
			     "@example.org>\r\n" QUIT,
			"220 250 553/5.6.7 250/2.1.0 553/5.6.7 221/2.0.0",
			"mail <a@example.org>\n", NULL },
		{ "HELO knows none", "HELO c\r\nMAIL FROM:<> SIZE=1\r\n" QUIT,
			"220 250 555/5.5.4 221/2.0.0", "", NULL },
		{ "what is not offered",
			EHLO "MAIL FROM:<> BODY=8BITMIME\r\nMAIL FROM:<> SMTPUTF8\r\n"
			     "MAIL FROM:<> RET=FULL\r\nMAIL FROM:<> ENVID=x\r\nMAIL "
			     "FROM:<> AUTH=<>\r\n" MAIL
			     "RCPT TO:<b@example.net> NOTIFY=NEVER\r\n" QUIT,
			"220 250 555 555 555 555 555 250 555 221",
			"mail <a@example.org>\n", offer_nothing },
	};

	(void)state;
	play_all(rows, COUNT(rows));
}

static void test_addresses(void **state)
{
	static const struct dialogue rows[] = {
		{ "no addresses",
			EHLO
			"MAIL\r\nMAIL FROM\r\nMAIL FROM:a@example.org\r\nMAIL FROM: "
			"<a@b>\r\n"
			"MAIL FROM:<a@example.org\r\nMAIL FROM:<a@example.org>x\r\n" MAIL
			"RCPT TO:<>\r\nRCPT TO:<b>\r\nRCPT FROM:<b@example.net>\r\n" QUIT,
			"220 250 501/5.5.4 501/5.5.4 501/5.1.7 501/5.1.7 501/5.1.7 "
			"501/5.1.7 250/2.1.0 "
			"501/5.1.3 501/5.1.3 501/5.5.4 221/2.0.0",
			"mail <a@example.org>\n", NULL },
		{ "source routes",
			EHLO MAIL
			"RCPT TO:<@c.example,@d.example:b@example.net>\r\n" QUIT,
			"220 250 250/2.1.0 553/5.1.3 221/2.0.0", "mail <a@example.org>\n",
			NULL },
		{ "quoted",
			EHLO
			"MAIL FROM:<\"a > b\\\"\"@example.org> SIZE=1\r\n"
			"RCPT TO:<\"\"@[127.0.0.1]>\r\nRCPT TO:<b@[IPv6:::1]>\r\n" QUIT,
			"220 250 250/2.1.0 250/2.1.5 250/2.1.5 221/2.0.0",
			"mail <\"a > b\\\"\"@example.org>\nrcpt "
			"<\"\"@[127.0.0.1]>\n"
			"rcpt <b@[IPv6:::1]>\n",
			NULL },
	};

	(void)state;
	play_all(rows, COUNT(rows));
}

static void test_lenient_paths(void **state)
{
	static const struct {
		const char *path;
		enum server_path result;
		bool utf8;
	} rows[] = {
		{ "<>", SERVER_PATH_OK, false },
		{ "<root>", SERVER_PATH_OK, false },
		{ "<a..b.@under_score>", SERVER_PATH_OK, false },
		{ "<\"a b\"@c.org>", SERVER_PATH_OK, false },
		{ "<j\xfcrgen@c.org>", SERVER_PATH_OK, true },
		{ "", SERVER_PATH_SYNTAX, false },
		{ "root", SERVER_PATH_SYNTAX, false },
		{ "<root", SERVER_PATH_SYNTAX, false },
		{ "<a b@c.org>", SERVER_PATH_SYNTAX, false },
		{ "<a<b@c.org>", SERVER_PATH_SYNTAX, false },
		{ "<\"a>b\"@c.org>", SERVER_PATH_SYNTAX, false },
		{ "<a\tb@c.org>", SERVER_PATH_SYNTAX, false },
		{ "<@a:b@c.org>", SERVER_PATH_ROUTE, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = strlen(rows[i].path), len = n;
		bool utf8 = false;
		enum server_path got =
			server_path_read_lenient(rows[i].path, n, &len, &utf8);

		if (got != rows[i].result || utf8 != rows[i].utf8 || len != n)
			fail_msg("%s: %d", rows[i].path, (int)got);
	}
}

#define L63 "123456789012345678901234567890123456789012345678901234567890123"

static void test_paths(void **state)
{
	static const struct {
		const char *path;
		enum server_path result;
		bool utf8;
	} rows[] = {
		{ "<>", SERVER_PATH_OK, false },
		{ "<a@b>", SERVER_PATH_OK, false },
		{ "<a.b+c=d@e-f.example>", SERVER_PATH_OK, false },
		{ "<postMASTER>", SERVER_PATH_OK, false },
		{ "<" L63 "x@" L63 "." L63 ">", SERVER_PATH_OK, false },
		{ "<\xf0\x9f\x93\xae@example.org>", SERVER_PATH_OK, true },
		{ "", SERVER_PATH_SYNTAX, false },
		{ "<", SERVER_PATH_SYNTAX, false },
		{ "<a>", SERVER_PATH_SYNTAX, false },
		{ "<a@>", SERVER_PATH_SYNTAX, false },
		{ "<a@b", SERVER_PATH_SYNTAX, false },
		{ "<.a@b>", SERVER_PATH_SYNTAX, false },
		{ "<a.@b>", SERVER_PATH_SYNTAX, false },
		{ "<a..c@b>", SERVER_PATH_SYNTAX, false },
		{ "<a b@c>", SERVER_PATH_SYNTAX, false },
		{ "<a@b.>", SERVER_PATH_SYNTAX, false },
		{ "<a@-b>", SERVER_PATH_SYNTAX, false },
		{ "<a@b->", SERVER_PATH_SYNTAX, false },
		{ "<a@b_c>", SERVER_PATH_SYNTAX, false },
		{ "<a@[]>", SERVER_PATH_SYNTAX, false },
		{ "<a@[1.2.3.4>", SERVER_PATH_SYNTAX, false },
		{ "<\"a@b>", SERVER_PATH_SYNTAX, false },
		{ "<\"a\\", SERVER_PATH_SYNTAX, false },
		{ "<" L63 "xy@b>", SERVER_PATH_SYNTAX, false },
		{ "<a@" L63 "x>", SERVER_PATH_SYNTAX, false },
		{ "<a@" L63 "." L63 "." L63 "." L63 "." L63 ">", SERVER_PATH_SYNTAX,
			false },
		{ "<\xc3@b>", SERVER_PATH_SYNTAX, false },
		{ "<\xc0\xaf@b>", SERVER_PATH_SYNTAX, false },
		{ "<\xed\xa0\x80@b>", SERVER_PATH_SYNTAX, false },
		{ "<@a:b@c>", SERVER_PATH_ROUTE, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = 12345;
		bool utf8 = false;
		enum server_path got =
			server_path_read(rows[i].path, strlen(rows[i].path), &len, &utf8);

		if (got != rows[i].result || utf8 != rows[i].utf8 ||
			len != (got == SERVER_PATH_OK ? strlen(rows[i].path) : 12345))
			fail_msg("%s: %d", rows[i].path, (int)got);
	}
}

static void test_replies_leave_when_nothing_more_waits(void **state)
{
	static const char input[] = EHLO MAIL RCPT "DATA\r\nhi\r\n.\r\n" QUIT;
	struct server_options options = usual_options();
	struct scene scene;

	(void)state;
	assert_int_equal(play(&scene, &options, input, strlen(EHLO), SIZE_MAX), 0);
	assert_int_equal(scene.writes, 3); /* the greeting, to EHLO, to all the rest */
	scene_clear(&scene);
}

static void test_long_lines(void **state)
{
	static char input[3 * SERVER_COMMAND_MAX];
	static const size_t lengths[] = { SERVER_COMMAND_MAX - 2, SERVER_COMMAND_MAX - 1,
		2 * SERVER_COMMAND_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct dialogue d = { "long", input, "220 250/2.0.0 221/2.0.0", "",
			NULL };

		memset(input, 'x', lengths[i]);
		memcpy(input, "NOOP ", 5);
		strcpy(input + lengths[i], "\r\n" QUIT);
		if (i > 0)
			d.replies = "220 500/5.5.6 221/2.0.0";
		play_and_compare(&d, 0, SIZE_MAX);
		play_and_compare(&d, 0, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transactions),
		cmocka_unit_test(test_the_small_commands),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_lenient_paths),
		cmocka_unit_test(test_replies_leave_when_nothing_more_waits),
		cmocka_unit_test(test_long_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
