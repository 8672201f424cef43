/* SPDX-License-Identifier: ISC */
/* The SMTP server: what it offers, logging in, and starting TLS. */
#include "dialogue.h"

#include <stdio.h>
#include <string.h>

/* "user" and "pass" */
#define PLAIN "AHVzZXIAcGFzcw=="

static void may_login(struct server_options *o)
{
	o->auth_plain = o->auth_login = o->allow_plain_auth = o->require_auth = true;
}

static void only_plain(struct server_options *o)
{
	o->auth_plain = o->allow_plain_auth = true;
}

static void after_tls(struct server_options *o)
{
	o->auth_plain = o->require_auth = o->starttls = true;
}

static void test_login(void **state)
{
	static const struct dialogue rows[] = {
		{ "PLAIN at once", EHLO MAIL "AUTH PLAIN " PLAIN "\r\n" MAIL QUIT,
			"220 250 530/5.7.0 235/2.7.0 250/2.1.0 221/2.0.0",
			"auth user pass\nmail <a@example.org>\n", may_login },
		{ "PLAIN when asked", EHLO "auth plain\r\n" PLAIN "\r\n" QUIT,
			"220 250 334 235/2.7.0 221/2.0.0", "auth user pass\n",
			may_login },
		{ "LOGIN", EHLO "AUTH LOGIN\r\ndXNlcg==\r\ncGFzcw==\r\n" QUIT,
			"220 250 334 334 235/2.7.0 221/2.0.0", "auth user pass\n",
			may_login },
		{ "LOGIN with the name", EHLO "AUTH LOGIN dXNlcg==\r\ncGFzcw==\r\n" QUIT,
			"220 250 334 235/2.7.0 221/2.0.0", "auth user pass\n",
			may_login },
		{ "wrong, then right",
			EHLO "AUTH LOGIN dXNlcg==\r\nd3Jvbmc=\r\nAUTH PLAIN " PLAIN
			     "\r\n" QUIT,
			"220 250 334 535/5.7.8 235/2.7.0 221/2.0.0",
			"auth user wrong\nauth user pass\n", may_login },
		{ "cancelled, no base64, no PLAIN, an identity of others",
			EHLO "AUTH PLAIN\r\n*\r\nAUTH PLAIN !\r\nAUTH PLAIN dXNlcg==\r\n"
			     "AUTH PLAIN cm9vdAB1c2VyAHBhc3M=\r\nAUTH PLAIN =\r\n" QUIT,
			"220 250 334 501/5.7.0 501/5.5.2 501/5.5.2 535/5.7.8 501/5.5.2 "
			"221/2.0.0",
			"", may_login },
		{ "twice, and within a transaction",
			EHLO MAIL "AUTH PLAIN " PLAIN "\r\nRSET\r\nAUTH PLAIN " PLAIN
				  "\r\nAUTH PLAIN " PLAIN "\r\n" QUIT,
			"220 250 250/2.1.0 503/5.5.1 250/2.0.0 235/2.7.0 503/5.5.1 "
			"221/2.0.0",
			"mail <a@example.org>\nauth user pass\n", only_plain },
		{ "what is not offered",
			EHLO "AUTH LOGIN\r\nAUTH CRAM-MD5\r\nAUTH\r\n" QUIT,
			"220 250 504/5.5.4 504/5.5.4 504/5.5.4 221/2.0.0", "",
			only_plain },
		{ "the client leaves", EHLO "AUTH PLAIN\r\n", "220 250 334", "",
			may_login },
	};

	(void)state;
	play_all(rows, COUNT(rows));
}

/* Played byte by byte: a client that sends nothing ahead, as it should. */
static void test_starttls(void **state)
{
	static const struct dialogue d = { "everything starts again",
		EHLO "AUTH PLAIN " PLAIN "\r\nSTARTTLS now\r\nSTARTTLS\r\n" MAIL EHLO
		     "STARTTLS\r\nAUTH PLAIN " PLAIN "\r\n" MAIL QUIT,
		"220 250 538/5.7.11 501/5.5.4 220/2.0.0 503/5.5.1 250 503/5.5.1 "
		"235/2.7.0 "
		"250/2.1.0 221/2.0.0",
		"tls\nauth user pass\nmail <a@example.org>\n", after_tls };

	(void)state;
	play_and_compare(&d, 0, 1);
}

static void test_what_was_sent_ahead_of_tls_is_dropped(void **state)
{
	static const char plain[] = EHLO "STARTTLS\r\n" EHLO "AUTH PLAIN " PLAIN "\r\n";
	static const struct dialogue d = { "injected",
		EHLO "STARTTLS\r\n" EHLO "AUTH PLAIN " PLAIN "\r\n" MAIL QUIT,
		"220 250 220/2.0.0 503/5.5.1 221/2.0.0", "tls\n", after_tls };

	(void)state;
	play_and_compare(&d, strlen(plain), SIZE_MAX);
}

static void test_capabilities(void **state)
{
	static const struct {
		void (*change)(struct server_options *options);
		const char *answer;
	} rows[] = {
		{ NULL, "PIPELINING 8BITMIME SMTPUTF8 CHUNKING ENHANCEDSTATUSCODES DSN "
			"SIZE_1000" },
		{ may_login,
			"PIPELINING 8BITMIME SMTPUTF8 CHUNKING ENHANCEDSTATUSCODES DSN "
			"AUTH_PLAIN_LOGIN SIZE_1000" },
		{ after_tls,
			"PIPELINING 8BITMIME SMTPUTF8 CHUNKING ENHANCEDSTATUSCODES DSN "
			"STARTTLS SIZE_1000" },
		{ offer_nothing, "SIZE_0" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct server_options options = usual_options();
		struct buf words = { 0 };
		struct scene scene;
		const char *line;

		if (rows[i].change)
			rows[i].change(&options);
		assert_int_equal(play(&scene, &options, EHLO, 0, SIZE_MAX), 0);
		line = strstr(buf_cstr(&scene.output), "250-server.example\r\n");
		assert_non_null(line);
		while ((line = strstr(line, "\r\n250"))) {
			size_t n = strcspn(line += 6, "\r");

			buf_addf(&words, "%s%.*s", words.len ? " " : "", (int)n, line);
			for (size_t j = words.len - n; j < words.len; j++)
				words.data[j] =
					words.data[j] == ' ' ? '_' : words.data[j];
		}
		assert_string_equal(buf_cstr(&words), rows[i].answer);
		buf_free(&words);
		scene_clear(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_starttls),
		cmocka_unit_test(test_what_was_sent_ahead_of_tls_is_dropped),
		cmocka_unit_test(test_capabilities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
