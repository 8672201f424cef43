/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "mail/address.h"

/* What a list parses to: "address" or "display|address", joined by blanks; NULL: refused. */
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
	{ "\"Doe, Joe\" <a@b.org>", "Doe, Joe|a@b.org" },
	{ "\"a\\\"b\" <a@b.org>", "a\"b|a@b.org" },
	{ "root (Cron Daemon)", "Cron Daemon|root" },
	{ "a@b (one (two) \\) three)", "one (two) ) three|a@b" },
	{ "(c) a (d) @ (e) b.org", "e|a@b.org" },
	{ "\"(Cron Daemon)\" <root>", "(Cron Daemon)|root" },
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
};

static void test_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct address_list list = { 0 };
		struct buf got = { 0 };
		int r = address_list_parse(lists[i].text, strlen(lists[i].text), &list);

		for (size_t k = 0; k < list.count; k++)
			buf_addf(&got, "%s%s%s%s", k ? " " : "",
				list.items[k].display ? list.items[k].display : "",
				list.items[k].display ? "|" : "", list.items[k].address);
		if (lists[i].expected) {
			assert_int_equal(r, 0);
			assert_string_equal(buf_cstr(&got), lists[i].expected);
		} else {
			assert_int_equal(r, -EINVAL);
		}
		buf_free(&got);
		address_list_free(&list);
	}
}

static void test_nul_is_refused(void **state)
{
	struct address_list list = { 0 };

	(void)state;
	assert_int_equal(address_list_parse("a\0b@c", 5, &list), -EINVAL);
	address_list_free(&list);
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

static void test_format(void **state)
{
	static const struct {
		const char *display;
		const char *expected;
	} rows[] = {
		{ NULL, "a@b" },
		{ "", "a@b" },
		{ "Joe", "\"Joe\" <a@b>" },
		{ "J \"x\" \\", "\"J \\\"x\\\" \\\\\" <a@b>" },
		{ "evil\r\nBcc: x", "\"evil  Bcc: x\" <a@b>" },
		{ "J\xc3\xb6", "=?utf-8?B?SsO2?= <a@b>" },
		{ "=?utf-8?q?J=C3=B6?=", "=?utf-8?q?J=C3=B6?= <a@b>" },
		{ "=?", "\"=?\" <a@b>" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = { 0 };

		mailbox_format(rows[i].display, "a@b", &out);
		assert_string_equal(buf_cstr(&out), rows[i].expected);
		buf_free(&out);
	}
}

/* Encoded-words stay within RFC 2047's 75 characters and do not cut a character in two. */
static void test_format_long(void **state)
{
	struct buf name = { 0 }, out = { 0 };
	const char *line;

	(void)state;
	for (int i = 0; i < 50; i++)
		buf_adds(&name, "x\xc3\xb6");
	mailbox_format(buf_cstr(&name), "a@b", &out);
	line = buf_cstr(&out);
	while (*line) {
		size_t n = strcspn(line, "\r");

		assert_true(n <= 76 + strlen(" <a@b>"));
		line += n + (line[n] ? 2 : 0);
	}
	buf_free(&name);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_nul_is_refused),
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_format_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
