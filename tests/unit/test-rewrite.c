/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "courier/rewrite.h"
#include "unit.h"

#define TRACE                                                                            \
	"Received: by host.example.org (mailchute, from userid 33)\r\n\tid ID7; "        \
	"Mon, 24 Nov 2025 16:00:00 +0000\r\n"

/* Rewrites SECTION; the section behind the trace field, to be freed. */
static char *rewritten_as(const struct rewrite *how, const char *section, size_t n)
{
	struct rewrite_survey survey;
	struct buf out = { 0 };
	char *text;

	rewrite_look(section, n, &survey);
	rewrite_header(how, &survey, section, n, &out);
	text = buf_steal(&out);
	assert_non_null(text);
	assert_memory_equal(text, TRACE, strlen(TRACE));
	memmove(text, text + strlen(TRACE), strlen(text + strlen(TRACE)) + 1);
	return text;
}

/* A configuration with no more than that; strings of it may be literals. */
static struct conf conf_of(const char *from)
{
	return (struct conf){ .hostname = (char *)"host.example.org",
		.from = (char *)from,
		.allowed_senders = (char *)"",
		.rewrite = (char *)"",
		.user_senders = (char *)"",
		.add_header = (char *)"" };
}

static char *rewritten(const char *section, size_t n, const char *from, bool utf8)
{
	const struct job job = { .id = "ID7", .uid = 33, .arrived_ms = 1764000000000 };
	const struct conf conf = conf_of(from);
	const struct rewrite how = { .job = &job, .conf = &conf, .utf8 = utf8 };

	return rewritten_as(&how, section, n);
}

static void check(const char *section, const char *from, bool utf8, const char *expected)
{
	char *text = rewritten(section, strlen(section), from, utf8);

	assert_string_equal(text, expected);
	free(text);
}

/* What was written, unless an address has no domain. */
static void test_domains(void **state)
{
	static const struct {
		const char *section, *expected;
	} cases[] = {
		{ "From: root (Cron Daemon)\r\nTo: root\r\n",
			"From: root@host.example.org (Cron Daemon)\r\n"
			"To: root@host.example.org\r\n" },
		{ "From: \"(Cron Daemon)\" <root>\r\n",
			"From: \"(Cron Daemon)\" <root@host.example.org>\r\n" },
		{ "From: Anacron <root>\r\n",
			"From: Anacron <root@host.example.org>\r\n" },
		{ "From:root\r\n", "From:root@host.example.org\r\n" },
		{ "To: a@b.org, root\r\nCC : Ann\r\n <ann>\r\n",
			"To: a@b.org, root@host.example.org\r\n"
			"CC : Ann\r\n <ann@host.example.org>\r\n" },
		{ "To: =?utf-8?q?J=C3=B6?= \"Q, (x)\" (c (d)) < root (e) > (f),,g:;\r\n",
			"To: =?utf-8?q?J=C3=B6?= \"Q, (x)\" (c (d)) "
			"< root@host.example.org (e) > (f),,g:;\r\n" },
		{ "To: team: a, \"b c\" , <d> <e@f.org>;\r\n",
			"To: team: a@host.example.org, \"b c\"@host.example.org , "
			"<d@host.example.org> <e@f.org>;\r\n" },
		{ "To: undisclosed-recipients:;\r\nCc: x: a@b.org;\r\n", NULL },
		{ "To: a@b.org,\r\n\tC <@x.org:c@d.org>, \"a@b\"@c.org (x) , "
		  "e@[192.0.2.1]\r\n",
			NULL },
		{ "To: -x, root\r\n",
			"To: -x@host.example.org, root@host.example.org\r\n" },
		{ "To: root, <\r\n", "To: root@host.example.org, <\r\n" },
		{ "To: no address, root, \"open\r\n",
			"To: no address, root@host.example.org, \"open\r\n" },
		{ "Sender: a\r\nReply-To: b\r\nResent-From: c\r\nResent-Sender: d\r\n"
		  "Resent-To: e\r\nResent-Cc: f\r\nDisposition-Notification-To: g\r\n",
			"Sender: a@host.example.org\r\nReply-To: b@host.example.org\r\n"
			"Resent-From: c@host.example.org\r\n"
			"Resent-Sender: d@host.example.org\r\n"
			"Resent-To: e@host.example.org\r\n"
			"Resent-Cc: f@host.example.org\r\n"
			"Disposition-Notification-To: g@host.example.org\r\n" },
		{ "Subject: root\r\nX-To: root\r\nFrom: a@b.org\r\nFrom: c@d.org\r\n",
			NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check(cases[i].section, "", false,
			cases[i].expected ? cases[i].expected : cases[i].section);
}

static void test_what_stays_here(void **state)
{
	static const char *const fields[] = { "Bcc: a@b.org\r\n", "BCC : a\r\n\tb, c\r\n",
		"bcc:\r\n", "Resent-Bcc\t:\r\n x\r\n", "Return-Path: <x@y.org>\r\n",
		"Content-Length: 7\r\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(fields); i++) {
		char section[200];

		snprintf(section, sizeof(section), "X: y\r\n%sZ: b\r\n c\r\n", fields[i]);
		check(section, "", false, "X: y\r\nZ: b\r\n c\r\n");
	}
}

static void test_from(void **state)
{
	static const struct {
		const char *section, *expected;
	} cases[] = {
		{ "To: root\r\nFrom: s@p.com\r\n",
			"To: root@host.example.org\r\nFrom: s@p.com\r\n" },
		{ "Subject: hi\r\n", "Subject: hi\r\nFrom: s@p.com\r\n" },
		{ "From: Ann Bee <a@b.org>\r\nSender: x@y.org\r\nTo: c@d.org\r\n",
			"From: Ann Bee <s@p.com>\r\n"
			"X-Original-From: Ann Bee <a@b.org>\r\n"
			"Reply-To: Ann Bee <a@b.org>\r\nTo: c@d.org\r\n" },
		{ "From: a@b.org\r\nREPLY-TO: r@b.org\r\n",
			"From: s@p.com\r\nX-Original-From: a@b.org\r\nREPLY-TO: "
			"r@b.org\r\n" },
		{ "From: root (Cron Daemon)\r\n",
			"From: s@p.com (Cron Daemon)\r\n"
			"X-Original-From: root (Cron Daemon)\r\n" },
		{ "From: \"(Cron Daemon)\" <root>\r\n",
			"From: \"(Cron Daemon)\" <s@p.com>\r\n"
			"X-Original-From: \"(Cron Daemon)\" <root>\r\n" },
		{ "From: Me <s@P.com>\r\n", "From: Me <s@P.com>\r\n" },
		{ "from :\r\n a@b.org,\r\n\tc@d.org\r\nX: y\r\n",
			"From:\r\n s@p.com\r\nX-Original-From:\r\n "
			"a@b.org,\r\n\tc@d.org\r\n"
			"Reply-To:\r\n a@b.org,\r\n\tc@d.org\r\nX: y\r\n" },
		{ "From: x: Ann <a@b.org>, root, \xc3\xb6@b.org, c@d.org "
		  "(C);\r\nReply-To: \r\n",
			"From: Ann <s@p.com>\r\nX-Original-From: x: Ann <a@b.org>, "
			"root, =?utf-8?B?w7ZAYi5vcmcs?= c@d.org\r\n (C);\r\n"
			"Reply-To: Ann <a@b.org>, c@d.org (C)\r\n" },
		{ "From: not, an address <\r\n",
			"From: s@p.com\r\nX-Original-From: not, an address <\r\n" },
		{ "From: s@p.com, <\r\n",
			"From: s@p.com\r\nX-Original-From: s@p.com, <\r\n"
			"Reply-To: s@p.com\r\n" },
		{ "From: a@b.org\r\nFrom: c@d.org\r\n",
			"From: s@p.com\r\nX-Original-From: a@b.org\r\n"
			"Reply-To: a@b.org\r\nX-Original-From: c@d.org\r\n" },
		{ "From: J\xc3\xb6 <j\xc3\xb6@b.org>\r\n",
			"From: =?utf-8?B?SsO2?= <s@p.com>\r\n"
			"X-Original-From: =?utf-8?B?SsO2IDxqw7ZAYi5vcmc+?=\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check(cases[i].section, "s@p.com", false, cases[i].expected);
}

static void test_endless_name(void **state)
{
	struct buf section = { 0 };
	char *text;

	(void)state;
	buf_adds(&section, "From: \"");
	for (int i = 0; i < 1000; i++)
		buf_adds(&section, "J\xc3\xb6 ");
	buf_adds(&section, "\" (c) <a@b.org>\r\n");
	text = rewritten(section.data, section.len, "s@p.com", false);
	assert_memory_equal(text, "From: (c) <s@p.com>\r\nX-Original-From: =?", 40);
	assert_non_null(strstr(text, "\r\nReply-To: (c) <a@b.org>\r\n"));
	free(text);
	buf_free(&section);
}

static void test_beyond_ascii(void **state)
{
	static const struct {
		const char *section, *encoded;
	} cases[] = {
		{ "Subject: \xc3\xb6\r\n", "Subject: =?utf-8?B?w7Y=?=\r\n" },
		{ "Subject:\xc3\xb6\r\n", "Subject:=?utf-8?B?w7Y=?=\r\n" },
		{ "Subject: a  \xc3\xb6 \xc3\xb6 b\xc3\xb6  c\r\n",
			"Subject: a  =?utf-8?B?w7Ygw7YgYsO2?=  c\r\n" },
		{ "Subject: a\r\n \xc3\xb6\r\n\t\xc3\xb6\r\n",
			"Subject: a\r\n =?utf-8?B?w7Ygw7Y=?=\r\n" },
		{ "Subject: =?utf-8?q?a?= \xc3\xb6 =?utf-8?q?b?=\r\n",
			"Subject: =?utf-8?q?a?= =?utf-8?B?IMO2IA==?= =?utf-8?q?b?=\r\n" },
		{ "Subject: \xe4\xf6\r\n", "Subject: =?unknown-8bit?B?5PY=?=\r\n" },
		{ "X-Y: \"\xc3\xb6\" <\xc3\xb6>\r\n",
			"X-Y: =?utf-8?B?IsO2IiA8w7Y+?=\r\n" },
		{ "To: J\xc3\xb6 <a@b.org>\r\n", "To: =?utf-8?B?SsO2?= <a@b.org>\r\n" },
		{ "To: J\xc3\xb6<a@b.org>\r\n", "To: =?utf-8?B?SsO2?= <a@b.org>\r\n" },
		{ "To: J.\xc3\x96. \"M\xc3\xbcller, \\\"x\\\"\" Jr <a@b.org>, "
		  "c@d.org\r\n",
			"To: =?utf-8?B?Si7Dli4gTcO8bGxlciwgIngi?= Jr <a@b.org>, "
			"c@d.org\r\n" },
		{ "To: =?utf-8?q?a?= \xc3\xb6 <a@b.org>\r\n",
			"To: =?utf-8?q?a?= =?utf-8?B?IMO2?= <a@b.org>\r\n" },
		{ "From: root (J\xc3\xb6 (x) \\) y)\r\n",
			"From: root@host.example.org "
			"(=?utf-8?B?SsO2ICh4KSApIHk=?=)\r\n" },
		{ "To: \xc3\xb6: a@b.org, \xc3\xb6 <c@d.org>;\r\n",
			"To: =?utf-8?B?w7Y=?=: a@b.org, =?utf-8?B?w7Y=?= "
			"<c@d.org>;\r\n" },
		{ "To: J\xc3\xb6rg M\xc3\xbcller\r\n",
			"To: =?utf-8?B?SsO2cmcgTcO8bGxlcg==?=\r\n" },
		{ "To: a@M\xc3\xbcller.de, b (x) <@\xc3\xb6.de:c@\xc3\xb6.de>\r\n",
			"To: a@xn--mller-kva.de, b (x) <c@xn--nda.de>\r\n" },
		{ "To: J\xc3\xb6 <j\xc3\xb6@b.org>, c@d.org\r\n",
			"To: =?utf-8?B?SsO2IGrDtkBiLm9yZw==?= :;, c@d.org\r\n" },
		{ "To: x: Me (y) <j\xc3\xb6@b.org>;\r\n",
			"To: x: (=?utf-8?B?TWUgeSBqw7ZAYi5vcmc=?=);\r\n" },
		{ "To: x: j\xc3\xb6@b.org, c@d.org;\r\n",
			"To: x: (=?utf-8?B?asO2QGIub3Jn?=), c@d.org;\r\n" },
		{ "Content-Type: text/plain; name=\"\xc3\xb6 "
		  "x.txt\";\r\n\tcharset=utf-8\r\n",
			"Content-Type: text/plain; name*=utf-8''%C3%B6%20x.txt;\r\n"
			"\tcharset=utf-8\r\n" },
		{ "Content-Disposition: attachment; filename=\xf6.txt\r\n",
			"Content-Disposition: attachment; "
			"filename*=unknown-8bit''%F6.txt\r\n" },
		{ "Message-ID: <a@\xc3\xb6>\r\n",
			"Message-ID: =?utf-8?B?PGFAw7Y+?=\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check(cases[i].section, "", false, cases[i].encoded);
}

/* With SMTPUTF8 it all goes as it is. */
static void test_utf8(void **state)
{
	(void)state;
	check("Subject: \xc3\xb6\r\nTo: \"J\xc3\xb6\" <j\xc3\xb6@b.org> (\xc3\xb6)\r\n",
		"", true,
		"Subject: \xc3\xb6\r\nTo: \"J\xc3\xb6\" <j\xc3\xb6@b.org> "
		"(\xc3\xb6)\r\n");
	check("To: j\xc3\xb6@\xc3\xb6.de, \xc3\xb6\r\n", "", true,
		"To: j\xc3\xb6@xn--nda.de, \xc3\xb6@host.example.org\r\n");
}

static void test_survey(void **state)
{
	static const struct {
		const char *section;
		bool needs_utf8;
	} cases[] = {
		{ "Subject: \xc3\xb6\r\n", false },
		{ "To: \xc3\xb6 <a@b.org> (\xc3\xb6)\r\n", false },
		{ "To: a@\xc3\xb6.de\r\n", false },
		{ "To: \xc3\xb6\r\n", false },
		{ "To: c@d.org, x: \xc3\xb6@b.org;\r\n", true },
		{ "From: <\"\xc3\xb6\"@b.org>\r\n", true },
		{ "Reply-To: \xc3\xb6@b.org\r\n", true },
		{ "To: a@\xff.de\r\n", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rewrite_survey survey;

		rewrite_look(cases[i].section, strlen(cases[i].section), &survey);
		assert_int_equal(survey.needs_utf8, cases[i].needs_utf8);
	}
}

/* Octets of the longest line. */
static size_t longest_line(const char *s)
{
	size_t longest = 0;

	while (*s) {
		size_t n = strcspn(s, "\r");

		longest = n > longest ? n : longest;
		s += n + 2;
	}
	return longest;
}

/* COUNT times PIECE in a field; with blanks or not. */
static void test_long_lines(void **state)
{
	static const struct {
		const char *name, *piece;
		size_t count, longest;
	} cases[] = {
		{ "X-Words:", " word", 1000, 998 },
		{ "X-Endless:", "word", 1000, 76 },
		{ "X-Both:", " \xc3\xb6 word", 1000, 76 },
		{ "X-Blanks:", "  ", 1000, 998 },
		{ "Subject:", "\xe2\x82\xac", 1000, 76 },
		{ "Subject:", "\xff", 1000, 76 },
		{ "References:", "<a@b.org>", 200, 998 },
		{ "References:", " <a@b.org>", 200, 998 },
		{ "To:", "a@b.org,", 200, 998 },
		{ "To:", "root,", 200, 998 },
		{ "To:", " word", 200, 998 },
		{ "To:", "\"\xc3\xb6\"<a@b.org>,", 200, 76 },
		{ "To:", "(\xc3\xb6)", 1000, 76 },
		{ "To: a@b (", "word", 1000, 76 },
		{ "To: a@b (", "word ", 1000, 998 },
		{ "To: a@b (", "\\ word ", 1000, 998 },
		{ "Authentication-Results:", "word", 400, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf field = { 0 };
		char *text;

		buf_adds(&field, cases[i].name);
		for (size_t k = 0; k < cases[i].count; k++)
			buf_adds(&field, cases[i].piece);
		if (strchr(cases[i].name, '('))
			buf_adds(&field, ")");
		buf_adds(&field, "\r\n");
		text = rewritten(field.data, field.len, "", false);
		if (cases[i].longest)
			assert_in_range(longest_line(text), 1, cases[i].longest);
		else
			assert_string_equal(text, buf_cstr(&field));
		free(text);
		buf_free(&field);
	}
}

static void test_untold_charset(void **state)
{
	static const char *const cases[][2] = {
		{ "", "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
		      "Content-Transfer-Encoding: 8bit\r\n" },
		{ "Content-Type: text/html\r\n",
			"MIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\n" },
		{ "content-transfer-encoding: 8bit\r\nContent-Type: text/html\r\n",
			"MIME-Version: 1.0\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct job job = { .id = "ID7" };
		const struct conf conf = conf_of("");
		const struct rewrite how = {
			.job = &job, .conf = &conf, .charset = "utf-8"
		};
		struct rewrite_survey survey;
		struct buf out = { 0 };
		size_t n = strlen(cases[i][0]);
		const char *text;

		rewrite_look(cases[i][0], n, &survey);
		rewrite_header(&how, &survey, cases[i][0], n, &out);
		text = buf_cstr(&out);
		text = strstr(text, "+0000\r\n") + 7 + n;
		assert_string_equal(text, cases[i][1]);
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

/* What the configuration lets stay, and what it makes of it. */
static void test_senders(void **state)
{
	static const struct {
		const char *section, *expected;
	} cases[] = {
		{ "From: A <a@ok.example>\r\nSender: b@ok.example\r\n",
			"From: A <a@ok.example>\r\nSender: b@ok.example\r\n" },
		{ "From: A <a@ok.example>\r\nSender: b@x.example\r\n",
			"From: A <a@ok.example>\r\n" },
		{ "From: A <a@old.example> (c)\r\nTo: a@old.example\r\n"
		  "Reply-To: b@old.example, c@x.example\r\n",
			"From: A <a@ok.example> (c)\r\nTo: a@old.example\r\n"
			"Reply-To: b@ok.example, c@x.example\r\n" },
		{ "From: root\r\n", "From: admin@ok.example\r\n" },
		{ "From: a@ok.example, b@old.example\r\n",
			"From: a@ok.example, b@ok.example\r\n" },
		{ "From: a@ok.example, b@x.example\r\n",
			"From: s@ok.example\r\n"
			"X-Original-From: a@ok.example, b@x.example\r\n"
			"Reply-To: a@ok.example, b@x.example\r\n" },
		{ "From: A <a@x.example>\r\n",
			"From: A <s@ok.example>\r\nX-Original-From: A <a@x.example>\r\n"
			"Reply-To: A <a@x.example>\r\n" },
		{ "From: a@ok.example\r\nFrom: b@ok.example\r\n",
			"From: a@ok.example\r\nX-Original-From: b@ok.example\r\n" },
		/* in whatever form the domain is written */
		{ "From: J\xc3\xb6 <a@m\xc3\xbcller.example>\r\n",
			"From: =?utf-8?B?SsO2?= <a@xn--mller-kva.example>\r\n" },
		{ "From: a@m\xc3\xbcller.old.example\r\n", "From: a@ok.example\r\n" },
		{ "Reply-To: Ann <\xc3\xb6@old.example>\r\nFrom: a@ok.example\r\n",
			"Reply-To: Ann =?utf-8?B?w7ZAb2xkLmV4YW1wbGU=?= :;\r\n"
			"From: a@ok.example\r\n" },
		{ "From: A@OK.example\r\n", "From: A@OK.example\r\n" },
		{ "From: a@ok.example <b\r\n",
			"From: s@ok.example\r\nX-Original-From: a@ok.example <b\r\n" },
	};
	struct conf conf = conf_of("s@ok.example");
	const struct sender_user user = { .uid = 33 };
	const struct job job = { .id = "ID7", .uid = 33, .arrived_ms = 1764000000000 };
	const struct rewrite how = { .job = &job, .conf = &conf, .user = &user };

	(void)state;
	conf.allowed_senders = (char *)"@ok.example, @xn--mller-kva.example";
	conf.rewrite = (char *)"@old.example -> @ok.example, "
			       "@xn--mller-kva.old.example -> @ok.example, "
			       "root@host.example.org -> admin@ok.example";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text =
			rewritten_as(&how, cases[i].section, strlen(cases[i].section));

		assert_string_equal(text, cases[i].expected);
		free(text);
	}
}

static void test_added_field(void **state)
{
	static const char *const cases[][2] = {
		{ "A: 1\r\n", "A: 1\r\nX-Stream: b\r\n" },
		{ "x-stream: c\r\n", "x-stream: c\r\n" },
		{ "X-Streams: c\r\n", "X-Streams: c\r\nX-Stream: b\r\n" },
	};
	struct conf conf = conf_of("");
	const struct job job = { .id = "ID7", .uid = 33, .arrived_ms = 1764000000000 };
	const struct rewrite how = { .job = &job, .conf = &conf };

	(void)state;
	conf.add_header = (char *)"X-Stream: b";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = rewritten_as(&how, cases[i][0], strlen(cases[i][0]));

		assert_string_equal(text, cases[i][1]);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_senders),
		cmocka_unit_test(test_added_field),
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_what_stays_here),
		cmocka_unit_test(test_from),
		cmocka_unit_test(test_endless_name),
		cmocka_unit_test(test_beyond_ascii),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_survey),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_untold_charset),
		cmocka_unit_test(test_where_the_section_ends),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	return cmocka_run_group_tests_name("rewrite", tests, NULL, NULL);
}
