/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "mail/address.h"

/* What a list parses to: "address" or "name|address", joined by blanks; NULL: refused. */
static const struct {
	const char *text;
	const char *expected;
} lists[] = {
	{ "", "" },
	{ " , ,", "" },
	{ "root", "root" },
	{ "a@b.org", "a@b.org" },
	{ "a@b.org,c@d.org", "a@b.org c@d.org" },
	{ "<a@b.org>", "a@b.org" },
	{ "Joe <a@b.org>", "Joe|a@b.org" },
	{ "Joe Q. Public <a@b.org>, x@y", "Joe Q. Public|a@b.org x@y" },
	{ "\"Doe, Joe\" <a@b.org>", "\"Doe, Joe\"|a@b.org" },
	{ "\"a\\\"b\" <a@b.org>", "\"a\\\"b\"|a@b.org" },
	{ "root (Cron Daemon)", "root" },
	{ "a@b (one (two) \\) three)", "a@b" },
	{ "(c) a (d) @ (e) b.org", "a@b.org" },
	{ "\"(Cron Daemon)\" <root>", "\"(Cron Daemon)\"|root" },
	{ "undisclosed-recipients:;", "" },
	{ "team: a@b.org, Joe <c@d.org>;, e@f.org", "a@b.org Joe|c@d.org e@f.org" },
	{ "<a@b.org> <c@d.org>", "a@b.org c@d.org" },
	{ "<@x.org,@y.org:a@b.org>", "a@b.org" },
	{ "\"odd local\"@b.org", "\"odd local\"@b.org" },
	{ "\"a,b@c\"@b.org", "\"a,b@c\"@b.org" },
	{ "a@[192.0.2.1]", "a@[192.0.2.1]" },
	{ "a@[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]" },
	{ "a@\r\n b.org,\r\n\tc@d.org", "a@b.org c@d.org" },
	{ "a..b@c.org", "a..b@c.org" },
	{ "-x@y.org", "-x@y.org" },
	{ "=?utf-8?q?J=C3=B6?= <a@b.org>", "=?utf-8?q?J=C3=B6?=|a@b.org" },
	{ "j\xc3\xb6@\xc3\xb6.org", "j\xc3\xb6@\xc3\xb6.org" },
	{ "example.com <x@y>", "example.com|x@y" },
	{ "a@b.org <c@d.org>", "a@b.org|c@d.org" },
	{ "Joe (the (real) one) <a@b.org> (at work), c@d.org",
		"Joe (the (real) one)|a@b.org c@d.org" },
	{ "<a@b.org> c@d.org", "a@b.org c@d.org" },
	{ "<a@b.org>(x)Joe <c@d.org>", "a@b.org Joe|c@d.org" },
	{ "a@b.org; c@d.org", "a@b.org c@d.org" },
	{ "x:;,y:a@b.org;,c@d.org", "a@b.org c@d.org" },
	{ "a . b @ c . org", "a.b@c.org" },
	{ "\"a\r\n b\"@c.org", "\"a b\"@c.org" },
	{ "<@x.org:a@b.org>, <@y.org,(c)@z.org:d@e.org>", "a@b.org d@e.org" },
	{ "Joe\r\n <a@b.org>", "Joe|a@b.org" },
	{ "(only a comment), a@b.org", "a@b.org" },
	{ "=?utf-8?q?J=C3=B6?=", NULL },
	{ "\"a\\\n b\"@c.org", NULL },
	{ "a b", NULL },
	{ "a@", NULL },
	{ "@b.org", NULL },
	{ "<>", NULL },
	{ "<a@b.org", NULL },
	{ "a@b@c", NULL },
	{ "a@b..org", NULL },
	{ "a@.org", NULL },
	{ "a@b.org>", NULL },
	{ "\"open <a@b.org>", NULL },
	{ "a@b.org (open", NULL },
	{ "a@b!c", NULL },
	{ "a\x01@b", NULL },
	{ "\"a\x01\"@b", NULL },
	{ "\"a>b\"@c", NULL },
	{ "a: b: c;", NULL },
	{ "a\\b", NULL },
	{ "<a@b.org", NULL },
	{ "<@x.org>", NULL },
	{ "<a@b.org>:", NULL },
	{ "<<a@b.org>>", NULL },
	{ "a@[192.0.2.1", NULL },
	{ "[192.0.2.1]@b.org", NULL },
	{ "a@[192.0.2.1].org", NULL },
};

/* Appends the name of the part as it is written, without the blanks around it. */
static void add_name(const struct address_part *part, struct buf *out)
{
	for (size_t i = 0; i < part->phrase; i++) {
		if (part->tokens[i].kind != TOKEN_BLANK || (i && i + 1 < part->phrase))
			buf_add(out, part->tokens[i].at, part->tokens[i].len);
	}
}

/* The parts of a list are all of its text. True if all of them are sound. */
static bool read_parts(const char *text, struct buf *mailboxes)
{
	struct address_reader reader = { .at = text, .end = text + strlen(text) };
	struct address_part part;
	const char *at = text;
	bool sound = true;

	while (address_next(&reader, &part)) {
		size_t before;

		for (size_t i = 0; i < part.count; i++) {
			assert_ptr_equal(part.tokens[i].at, at);
			at += part.tokens[i].len;
		}
		sound = sound && part.kind != ADDRESS_BAD;
		if (part.kind != ADDRESS_MAILBOX)
			continue;
		buf_adds(mailboxes, mailboxes->len ? " " : "");
		before = mailboxes->len;
		add_name(&part, mailboxes);
		buf_addf(mailboxes, "%s%s", mailboxes->len > before ? "|" : "",
			part.address);
	}
	assert_ptr_equal(at, reader.end);
	return sound;
}

static void test_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct address_list list = { 0 };
		struct buf got = { 0 };
		int r = address_list_parse(lists[i].text, strlen(lists[i].text), &list);

		if (lists[i].expected) {
			assert_int_equal(r, 0);
			assert_true(read_parts(lists[i].text, &got));
			assert_string_equal(buf_cstr(&got), lists[i].expected);
		} else {
			assert_int_equal(r, -EINVAL);
			assert_false(read_parts(lists[i].text, &got));
		}
		buf_free(&got);
		address_list_free(&list);
	}
}

/* However it nests and however long it is, one pass and no stack. */
static void test_hostile(void **state)
{
	static const char *const pieces[] = { "(", "((a)", "<", "<@", "<@a,", "\"", "[",
		"a ", "a,", "a:;", "\\", "a@", ",,", "<a>", "\r\n ", "\xc3", "(a)" };

	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++) {
		struct address_list list = { 0 };
		struct buf text = { 0 };

		while (text.len < 1000000)
			buf_adds(&text, pieces[i]);
		address_list_parse(text.data, text.len, &list);
		address_list_free(&list);
		buf_free(&text);
	}
}

static void test_nul_is_refused(void **state)
{
	struct address_list list = { 0 };

	(void)state;
	assert_int_equal(address_list_parse("a\0b@c", 5, &list), -EINVAL);
	address_list_free(&list);
}

/* What is wrong with a quoted string does not make it end at a quote within. */
static void test_a_bad_quoted_string_is_one_token(void **state)
{
	static const char text[] = "\"\x01\\\", b@c, \" <a@b>";
	struct address_reader reader = { .at = text, .end = text + strlen(text) };
	struct address_part part;

	(void)state;
	assert_true(address_next(&reader, &part));
	assert_int_equal(part.kind, ADDRESS_BAD);
	assert_false(address_next(&reader, &part));
}

static void test_domain(void **state)
{
	(void)state;
	assert_string_equal(address_domain("a@b"), "b");
	assert_string_equal(address_domain("\"x@y\"@b"), "b");
	assert_null(address_domain("root"));
	assert_null(address_domain("\"x@y\""));
}

static void test_equal(void **state)
{
	(void)state;
	assert_true(address_equal("a@B.org", "a@b.ORG"));
	assert_false(address_equal("A@b.org", "a@b.org"));
	assert_true(address_equal("root", "root"));
	assert_false(address_equal("root", "root@b"));
	assert_false(address_equal("ab@c", "a@bc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_nul_is_refused),
		cmocka_unit_test(test_a_bad_quoted_string_is_one_token),
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
