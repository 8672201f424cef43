/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/base64.h"
#include "token/query.h"
#include "unit.h"

#define FITS "?a=0123456"

static const struct {
	const char *text;
	const char *value; /* of "a"; NULL: none */
} cases[] = {
	{ "GET /?a=1&b=2 HTTP/1.1\r\n", "1" },
	{ "GET /?b=2&a=1 HTTP/1.1\r\n", "1" },
	{ "http://127.0.0.1:4711/?b=2&a=1\n", "1" },
	{ "http://127.0.0.1:4711/?a=1#a=2", "1" },
	{ "?a=%2f%2F+%25", "// %" },
	{ "?a=1&a=2", "1" },
	{ FITS, "0123456" },
	{ FITS "7", NULL },
	{ "?a=", NULL },
	{ "?a=&b=1", NULL },
	{ "?a", NULL },
	{ "?", NULL },
	{ "", NULL },
	{ "a=1", NULL },
	{ "GET / HTTP/1.1\r\nX: ?a=1\r\n", NULL },
	{ "GET /?b=1 HTTP/1.1\r\nX: &a=1\r\n", NULL },
	{ "?aa=1", NULL },
	{ "?ba=1", NULL },
	{ "?b=a=1", NULL },
	{ "?b#&a=1", NULL },
	{ "?a=%", NULL },
	{ "?a=%2", NULL },
	{ "?a=%zz", NULL },
	{ "?a=%00", NULL },
	{ "?a=%0a", NULL },
	{ "?a=\xc3\xb6", NULL },
	{ "?a=%c3%b6", NULL },
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char value[8];
		bool found = query_value(cases[i].text, "a", value, sizeof(value));

		if (found != !!cases[i].value)
			fail_msg("%s: %s", cases[i].text, found ? value : "not found");
		if (found)
			assert_string_equal(value, cases[i].value);
	}
}

/* RFC 4648 section 10, and the letters that are others there. */
static void test_base64url(void **state)
{
	static const struct {
		const char *bytes, *text;
	} texts[] = {
		{ "", "" },
		{ "f", "Zg" },
		{ "fo", "Zm8" },
		{ "foo", "Zm9v" },
		{ "\xfb\xef\xff", "--__" },
		{ "\xfb\xef\xff\xfb", "--__-w" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct buf out = { 0 };

		buf_addc(&out, '=');
		base64url_encode(texts[i].bytes, strlen(texts[i].bytes), &out);
		assert_string_equal(buf_cstr(&out) + 1, texts[i].text);
		buf_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_base64url),
	};

	return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
