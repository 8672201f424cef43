/* SPDX-License-Identifier: ISC */
/* The SMTP server: the message itself, by DATA and by BDAT. */
#include "dialogue.h"

#include <string.h>

static void lenient(struct server_options *o)
{
	o->lenient = true;
}

static void test_data(void **state)
{
	static const struct dialogue rows[] = {
		{ "dots", HI "DATA\r\n..\r\n..x\r\n.y\r\nz.\r\n....\r\n.\r\n" QUIT,
			HI_REPLIES "354 250/2.0.0 221/2.0.0",
			HI_HEARD "message .\r\n.x\r\ny\r\nz.\r\n...\r\n", NULL },
		{ "LF.LF is no end",
			HI "DATA\r\nx\n.\nMAIL FROM:<evil@example.org>\r\n.\r\n" QUIT,
			HI_REPLIES "354 554/5.6.0 221/2.0.0", HI_HEARD, NULL },
		{ "LF.CRLF is no end", HI "DATA\r\nx\n.\r\nNOOP\r\n.\r\n" QUIT,
			HI_REPLIES "354 554/5.6.0 221/2.0.0", HI_HEARD, NULL },
		{ "CRLF.LF is no end", HI "DATA\r\nx\r\n.\nNOOP\r\n.\r\n" QUIT,
			HI_REPLIES "354 554/5.6.0 221/2.0.0", HI_HEARD, NULL },
		{ "CRLF.CR is no end", HI "DATA\r\nx\r\n.\rNOOP\r\n.\r\n" QUIT,
			HI_REPLIES "354 554/5.6.0 221/2.0.0", HI_HEARD, NULL },
		{ "CR.CRLF is no end", HI "DATA\r\nx\r.\r\nNOOP\r\n.\r\n" QUIT,
			HI_REPLIES "354 554/5.6.0 221/2.0.0", HI_HEARD, NULL },
		{ "CRLF.CRCRLF is no end", HI "DATA\r\nx\r\n.\r\r\n.\r\n" QUIT,
			HI_REPLIES "354 554/5.6.0 221/2.0.0", HI_HEARD, NULL },
		{ "lenient: LF.LF is no end after CRLF",
			HI "DATA\r\nx\n.\nMAIL FROM:<evil@example.org>\r\n.\r\n" QUIT,
			HI_REPLIES "354 250/2.0.0 221/2.0.0",
			HI_HEARD "message x\n.\nMAIL FROM:<evil@example.org>\r\n",
			lenient },
		{ "lenient: LF.CRLF is no end after CRLF",
			HI "DATA\r\nx\n.\r\nNOOP\r\n.\r\n" QUIT,
			HI_REPLIES "354 250/2.0.0 221/2.0.0",
			HI_HEARD "message x\n.\r\nNOOP\r\n", lenient },
		{ "lenient: CRLF.LF is no end after CRLF",
			HI "DATA\r\nx\r\n.\nNOOP\r\n.\r\n" QUIT,
			HI_REPLIES "354 250/2.0.0 221/2.0.0",
			HI_HEARD "message x\r\n\nNOOP\r\n", lenient },
		{ "lenient: dots are doubled behind CRLF only",
			HI "DATA\r\nx\n..y\r\n..z\r\n.\r\n" QUIT,
			HI_REPLIES "354 250/2.0.0 221/2.0.0",
			HI_HEARD "message x\n..y\r\n.z\r\n", lenient },
		{ "lenient: a client without CRs", HI "DATA\nx\n..\n..y\n\n.\n" QUIT,
			HI_REPLIES "354 250/2.0.0 221/2.0.0",
			HI_HEARD "message x\n.\n.y\n\n", lenient },
		{ "lenient: and one that has some", HI "DATA\nx\r\n..y\r\n.\r\n" QUIT,
			HI_REPLIES "354 250/2.0.0 221/2.0.0",
			HI_HEARD "message x\r\n.y\r\n", lenient },
		{ "lenient: a CR behind the dot", HI "DATA\r\n.\rx\r\n.\r\r\n.\r\n" QUIT,
			HI_REPLIES "354 250/2.0.0 221/2.0.0",
			HI_HEARD "message \rx\r\n\r\r\n", lenient },
		{ "lenient: bare CRs and LFs by BDAT",
			HI "BDAT 4\r\na\nb\rBDAT 1 LAST\r\nc" QUIT,
			HI_REPLIES "250/2.0.0 250/2.0.0 221/2.0.0",
			HI_HEARD "message a\nb\rc", lenient },
		{ "an empty command first", "\nNOOP\n" QUIT,
			"220 500/5.5.2 250/2.0.0 221/2.0.0", "", lenient },
		{ "a bare CR in a command even then", "NO\rOP\r\n" QUIT,
			"220 500/5.5.2 221/2.0.0", "", lenient },
	};

	(void)state;
	play_all(rows, COUNT(rows));
}

static void unchunked(struct server_options *o)
{
	o->chunking = false;
}

static void test_bdat(void **state)
{
	static const struct dialogue rows[] = {
		{ "one chunk, with a dot", HI "BDAT 8 LAST\r\nhi\r\n.\r\n." QUIT,
			HI_REPLIES "250/2.0.0 221/2.0.0", HI_HEARD "message hi\r\n.\r\n.",
			NULL },
		{ "three chunks, cut within a CRLF",
			HI "BDAT 3\r\nhi\rBDAT 3\r\n\nyoBDAT 2 last\r\n\r\n" QUIT,
			HI_REPLIES "250/2.0.0 250/2.0.0 250/2.0.0 221/2.0.0",
			HI_HEARD "message hi\r\nyo\r\n", NULL },
		{ "an empty last chunk", HI "BDAT 4\r\nhi\r\nBDAT 0 LAST\r\n" QUIT,
			HI_REPLIES "250/2.0.0 250/2.0.0 221/2.0.0",
			HI_HEARD "message hi\r\n", NULL },
		{ "before MAIL, all is skipped",
			"BDAT 6\r\nQUIT\r\n" EHLO "BDAT 6 LAST\r\nQUIT\r\n" QUIT,
			"220 503/5.5.1 250 503/5.5.1 221/2.0.0", "", NULL },
		{ "no valid recipient",
			EHLO MAIL
			"RCPT TO:<no@example.net>\r\nBDAT 6 LAST\r\nQUIT\r\n" QUIT,
			"220 250 250/2.1.0 550/5.1.1 554/5.5.1 221/2.0.0",
			"mail <a@example.org>\nrcpt <no@example.net>\n", NULL },
		{ "not offered", HI "BDAT 6 LAST\r\nQUIT\r\n" QUIT,
			HI_REPLIES "502/5.5.1 221/2.0.0", HI_HEARD, unchunked },
		{ "a bare LF, and the rest is skipped",
			HI "BDAT 3\r\na\nbBDAT 6 LAST\r\nQUIT\r\n" QUIT,
			HI_REPLIES "554/5.6.0 503/5.5.1 221/2.0.0", HI_HEARD, NULL },
		{ "a CR at the very end", HI "BDAT 2 LAST\r\na\r" QUIT,
			HI_REPLIES "554/5.6.0 221/2.0.0", HI_HEARD, NULL },
		{ "nothing else goes between",
			HI "BDAT 2\r\nhiDATA\r\n" RCPT MAIL "BDAT 0 LAST\r\n" QUIT,
			HI_REPLIES
			"250/2.0.0 503/5.5.1 503/5.5.1 503/5.5.1 250/2.0.0 221/2.0.0",
			HI_HEARD "message hi", NULL },
		{ "RSET drops it", HI "BDAT 2\r\nhiRSET\r\nBDAT 0 LAST\r\n" QUIT,
			HI_REPLIES "250/2.0.0 250/2.0.0 503/5.5.1 221/2.0.0", HI_HEARD,
			NULL },
		{ "no number: nobody knows where the next command is",
			HI "BDAT x\r\n" QUIT, HI_REPLIES "501/5.5.4", HI_HEARD, NULL },
		{ "a number and more", HI "BDAT 1 LASTING\r\n" QUIT,
			HI_REPLIES "501/5.5.4", HI_HEARD, NULL },
		{ "more than fits", HI "BDAT 99999999999999999999 LAST\r\n" QUIT,
			HI_REPLIES "501/5.5.4", HI_HEARD, NULL },
		{ "the client leaves", HI "BDAT 5 LAST\r\nhi",
			"220 250 250/2.1.0 250/2.1.5", HI_HEARD, NULL },
	};

	(void)state;
	play_all(rows, COUNT(rows));
}

static void tiny(struct server_options *o)
{
	o->size_max = 4;
}

static void test_size(void **state)
{
	static const struct dialogue rows[] = {
		{ "announced",
			EHLO "MAIL FROM:<> SIZE=5\r\nMAIL FROM:<> "
			     "SIZE=99999999999999999999\r\n"
			     "MAIL FROM:<> SIZE=4\r\n" QUIT,
			"220 250 552/5.3.4 552/5.3.4 250/2.1.0 221/2.0.0", "mail <>\n",
			tiny },
		{ "DATA", HI "DATA\r\nhi\r\n.\r\n" HI "DATA\r\nhi!\r\n.\r\n" QUIT,
			"220 250 250/2.1.0 250/2.1.5 354 250/2.0.0 250 250/2.1.0 "
			"250/2.1.5 354 "
			"552/5.3.4 221/2.0.0",
			HI_HEARD "message hi\r\n" HI_HEARD, tiny },
		{ "BDAT, and what follows is skipped",
			HI "BDAT 4\r\nhi\r\nBDAT 1\r\nxBDAT 6 LAST\r\nQUIT\r\n" QUIT,
			HI_REPLIES "250/2.0.0 552/5.3.4 503/5.5.1 221/2.0.0", HI_HEARD,
			tiny },
	};

	(void)state;
	play_all(rows, COUNT(rows));
}

/* Far beyond any buffer, with a dot at the start of each line. */
static void test_a_large_message(void **state)
{
	enum { LINES = 20000 };
	struct server_options options = usual_options();
	struct buf input = { 0 }, expected = { 0 };
	struct scene scene;

	(void)state;
	options.size_max = 0; /* any */
	buf_adds(&input, HI "DATA\r\n");
	buf_adds(&expected, HI_HEARD "message ");
	for (int i = 0; i < LINES; i++) {
		buf_addf(&input, "..line %d\r\n", i);
		buf_addf(&expected, ".line %d\r\n", i);
	}
	buf_adds(&input, ".\r\n" QUIT);
	assert_int_equal(play(&scene, &options, buf_cstr(&input), 0, SIZE_MAX), 0);
	assert_string_equal(buf_cstr(&scene.heard), buf_cstr(&expected));
	scene_clear(&scene);
	buf_free(&input);
	buf_free(&expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_bdat),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_a_large_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
