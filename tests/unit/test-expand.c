/* SPDX-License-Identifier: ISC */
/* Where mail goes: aliases, root of the configuration, and what leads nowhere. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mail/expand.h"

#define HOSTNAME "mail.example.org"

/* Words of what was found; what leads nowhere has a '!' in front. */
static int note(void *context, const char *address, bool stuck)
{
	buf_addf(context, "%s%s ", stuck ? "!" : "", address);
	return 0;
}

static void parse(const char *text, struct aliases *ret)
{
	struct buf faults = { 0 };

	assert_int_equal(aliases_parse("f", text, strlen(text), ret, &faults), 0);
	buf_free(&faults);
}

/* The addresses in the list, with blanks between, expanded one after the other. */
static void expand_all(struct expander *e, const char *list, struct buf *out)
{
	char copy[256];

	snprintf(copy, sizeof(copy), "%s", list);
	for (char *s = strtok(copy, " "); s; s = strtok(NULL, " "))
		assert_int_equal(expand(e, s, note, out), 0);
}

static const struct {
	const char *aliases;
	const char *root;
	const char *addresses;
	const char *found;
} rows[] = {
	/* no alias */
	{ "", "", "a@b.org", "a@b.org " },
	{ "", "", "root www-data@localhost", "!root !www-data@localhost " },
	{ "", "r@x.org", "root www-data", "r@x.org r@x.org " },
	{ "", "r@x.org, s@x.org ,t@x.org", "www-data", "r@x.org s@x.org t@x.org " },
	/* the ways to write root */
	{ "", "r@x.org", "ROOT Root@localhost \"root\" \"ro\\ot\"@LOCALHOST",
		"r@x.org r@x.org r@x.org r@x.org " },
	{ "", "r@x.org", "root@" HOSTNAME " root@localhost.localdomain",
		"r@x.org r@x.org " },
	{ "", "r@x.org", "joe@" HOSTNAME " roots@" HOSTNAME " xroot@" HOSTNAME,
		"joe@" HOSTNAME " roots@" HOSTNAME " xroot@" HOSTNAME " " },
	{ "joe: j@x.org", "r@x.org", "joe@" HOSTNAME " joe@localhost",
		"joe@" HOSTNAME " j@x.org " },
	{ "", "r@x.org", "postmaster MAILER-DAEMON mailer-daemon@localhost",
		"r@x.org r@x.org r@x.org " },
	/* aliases */
	{ "Joe: j@x.org", "r@x.org", "joe JOE ann", "j@x.org r@x.org " },
	{ "joe: j@x.org, k@x.org", "", "joe", "j@x.org k@x.org " },
	{ "a: b\nb: c@localhost\nc: \"D\"@localhost\nd: j@x.org", "", "a", "j@x.org " },
	{ "a: b, c\nb: d\nc: d\nd: j@x.org", "", "a d b", "j@x.org " },
	{ "\"a:b\": k@x.org", "", "\"A:b\" \"a\\:b\"@localhost", "k@x.org " },
	/* root */
	{ "root: s@x.org", "", "root www postmaster", "s@x.org " },
	{ "root: s@x.org", "r@x.org", "root www", "r@x.org r@x.org " },
	{ "root: s@x.org\npostmaster: p@x.org", "r@x.org", "postmaster", "p@x.org " },
	{ "postmaster: root\nwww: postmaster", "r@x.org", "www", "r@x.org " },
	{ "root: joe", "", "root www", "!joe !www " },
	{ "root: joe\njoe: j@x.org", "", "www", "j@x.org " },
	{ "root: joe, s@x.org", "", "ann", "s@x.org " },
	{ "root: \\root", "", "root", "!root " },
	{ "root:", "", "root ann", "!root !ann " },
	{ "root: a\na: root", "", "root", "!root " },
	/* the user's own name, and a backslash */
	{ "joe: joe, j@x.org", "r@x.org", "joe", "r@x.org j@x.org " },
	{ "joe: \\joe, j@x.org", "", "joe", "!joe j@x.org " },
	{ "joe: \\ann\nann: a@x.org", "r@x.org", "joe", "r@x.org " },
	/* nothing is left, or nothing but loops */
	{ "a: |x\nb: /x, j@x.org\nc:", "r@x.org", "a b c", "r@x.org j@x.org r@x.org " },
	{ "a: b\nb: a", "r@x.org", "a", "r@x.org " },
	{ "a: b\nb: a", "", "a b", "!b !b " },
	{ "a: b\nb: a\nroot: s@x.org", "", "a", "s@x.org " },
	{ "a: b, j@x.org\nb: a, k@x.org", "r@x.org", "a", "j@x.org k@x.org " },
	{ "a: b, j@x.org\nb: a", "r@x.org", "a", "r@x.org j@x.org " },
	{ "a: c, j@x.org\nc: |x", "r@x.org", "a c", "r@x.org j@x.org r@x.org " },
	{ "a: c, j@x.org\nc: d\nd: c", "r@x.org", "a d", "j@x.org r@x.org r@x.org " },
	/* what led nowhere is followed again; what was found is not */
	{ "a: b, c\nb: j@x.org", "", "a b c a", "!c j@x.org j@x.org !c !c " },
	{ "a: b, c\nb: j@x.org\nc: k@x.org", "", "a c x@y.org b a",
		"j@x.org k@x.org x@y.org " },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct aliases aliases;
		struct expander e;
		struct buf found = { 0 };

		parse(rows[i].aliases, &aliases);
		assert_int_equal(expander_open(&e, &aliases, rows[i].root, HOSTNAME), 0);
		expand_all(&e, rows[i].addresses, &found);
		assert_string_equal(buf_cstr(&found), rows[i].found);
		expander_close(&e);
		aliases_clear(&aliases);
		buf_free(&found);
	}
}

static void test_host_name(void **state)
{
	struct aliases aliases;
	struct expander e;
	struct buf found = { 0 };
	char host[256] = "", address[300];

	(void)state;
	gethostname(host, sizeof(host) - 1);
	snprintf(address, sizeof(address), "Joe@%s", host);
	parse("joe: j@x.org", &aliases);
	assert_int_equal(expander_open(&e, &aliases, "", ""), 0);
	assert_int_equal(expand(&e, address, note, &found), 0);
	assert_string_equal(buf_cstr(&found), "j@x.org ");
	expander_close(&e);
	aliases_clear(&aliases);
	buf_free(&found);
}

static int count(void *context, const char *address, bool stuck)
{
	(void)address;
	assert_false(stuck);
	++*(size_t *)context;
	return 0;
}

/* 2000 lists with the same 2000 members, and each other, each name in the envelope: each address is
 * found once. */
static void test_everybody_names_every_list(void **state)
{
	struct buf text = { 0 };
	struct aliases aliases;
	struct expander e;
	size_t found = 0;
	char name[32];

	(void)state;
	for (unsigned i = 0; i < 2000; i++)
		buf_addf(&text, "list%u: all, list%u\nuser%u: u%u@example.org\n", i + 1,
			i, i, i);
	buf_adds(&text, "list0: all\n");
	buf_adds(&text, "all: ");
	for (unsigned i = 0; i < 2000; i++)
		buf_addf(&text, "user%u,\n ", i);
	parse(buf_cstr(&text), &aliases);
	assert_int_equal(expander_open(&e, &aliases, "", ""), 0);
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "list%u", i);
		assert_int_equal(expand(&e, name, count, &found), 0);
	}
	assert_int_equal(found, 2000);
	expander_close(&e);
	aliases_clear(&aliases);
	buf_free(&text);
}

static void test_deep_chain(void **state)
{
	struct buf text = { 0 }, found = { 0 };
	struct aliases aliases;
	struct expander e;

	(void)state;
	for (unsigned i = 0; i < 50000; i++)
		buf_addf(&text, "n%u: n%u\n", i, i + 1);
	buf_adds(&text, "n50000: end@example.org\n");
	parse(buf_cstr(&text), &aliases);
	assert_int_equal(expander_open(&e, &aliases, "", ""), 0);
	assert_int_equal(expand(&e, "n0", note, &found), 0);
	assert_string_equal(buf_cstr(&found), "end@example.org ");
	expander_close(&e);
	aliases_clear(&aliases);
	buf_free(&text);
	buf_free(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_host_name),
		cmocka_unit_test(test_everybody_names_every_list),
		cmocka_unit_test(test_deep_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
