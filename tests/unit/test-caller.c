/* SPDX-License-Identifier: ISC */
/* Who the caller is, and that nothing in a full name gets out of the From field. */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "mail/address.h"
#include "mail/field_writer.h"
#include "mail/header.h"
#include "sendmail/caller.h"
#include "unit.h"

static struct passwd *entry;

/* In place of the C library's. */
struct passwd *getpwuid(uid_t uid)
{
	(void)uid;
	return entry;
}

static void test_names(void **state)
{
	static const struct {
		const char *login, *gecos, *full_name;
	} rows[] = {
		{ "joe", "Joe Q. Public,Room 5,123", "Joe Q. Public" },
		{ "joe", "& Public", "Joe Public" },
		{ "joe", "x & y &", "x Joe y Joe" },
		{ "9lives", "&", "9lives" },
		{ "joe", "", "" },
		{ "joe", ",x", "" },
		{ "joe", NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct passwd user = { .pw_name = (char *)rows[i].login,
			.pw_gecos = (char *)rows[i].gecos };
		struct buf login = { 0 }, name = { 0 };

		entry = &user;
		caller_names(&login, &name);
		assert_string_equal(buf_cstr(&login), rows[i].login);
		assert_string_equal(buf_cstr(&name), rows[i].full_name);
		buf_free(&login);
		buf_free(&name);
	}
}

static void test_nobody_known(void **state)
{
	static const struct {
		const char *logname, *user, *login;
	} rows[] = {
		{ "joe", "ann", "joe" },
		{ "joe x", "ann", "ann" },
		{ "joe\r\nBcc: x", "a@b", "uid-" },
		{ "", "j\xc3\xb6", "uid-" },
		{ NULL, NULL, "uid-" },
	};

	(void)state;
	entry = NULL;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf login = { 0 }, name = { 0 };

		rows[i].logname ? setenv("LOGNAME", rows[i].logname, 1)
				: unsetenv("LOGNAME");
		rows[i].user ? setenv("USER", rows[i].user, 1) : unsetenv("USER");
		caller_names(&login, &name);
		assert_memory_equal(
			buf_cstr(&login), rows[i].login, strlen(rows[i].login));
		assert_true(login.len == strlen(rows[i].login) ||
			    strcmp(rows[i].login, "uid-") == 0);
		assert_int_equal(name.len, 0);
		buf_free(&login);
		buf_free(&name);
	}
}

/* The field is one field, all of it, with the one address in it. */
static void check_field(const char *display)
{
	struct address_list list = { 0 };
	struct header_field field;
	struct buf out = { 0 };
	size_t at = 0;

	field_mailbox("From", display, "joe@host.example.org", &out);
	assert_false(buf_failed(&out));
	assert_true(header_next(out.data, out.len, &at, &field));
	assert_int_equal(at, out.len);
	assert_in_range(header_longest_line(&field), 1, 300);
	for (size_t i = 0; i < out.len; i++) {
		assert_in_range((unsigned char)out.data[i], 0, 126);
		assert_true(out.data[i] != '\n' || out.data[i - 1] == '\r');
		assert_true(out.data[i] != '\r' || out.data[i + 1] == '\n');
	}
	assert_int_equal(address_list_parse(field.value, field.value_len, &list), 0);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0], "joe@host.example.org");
	address_list_free(&list);
	buf_free(&out);
}

static void test_hostile_full_name(void **state)
{
	static const char *const names[] = { "Joe\r\nBcc: x@y.org", "Joe\nBcc: x@y.org",
		"Joe\rBcc: x", "\r\n\r\nbody", "\"", "\\", "\\\"", "a\" <x@y.org>, \"b",
		"(", ")", "<x@y.org>", "a,b;c:d@e",
		"=?utf-8?q?J=C3=B6?=", "=?utf-8?q?x?= <x@y>", "\xc3\xb6\r\nBcc: x",
		"\xff\xfe\xc3", "\x7f\x01\x1b[2J", " ", "\xe2\x80\xa8" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		check_field(names[i]);
	for (int c = 1; c < 256; c++) {
		char name[1001];

		memset(name, c, sizeof(name) - 1);
		name[sizeof(name) - 1] = '\0';
		check_field(name);
		name[1] = '\0';
		check_field(name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_nobody_known),
		cmocka_unit_test(test_hostile_full_name),
	};

	return cmocka_run_group_tests_name("caller", tests, NULL, NULL);
}
