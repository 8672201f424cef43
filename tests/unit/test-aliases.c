/* SPDX-License-Identifier: ISC */
/* The aliases file: text in, aliases and faults out; what is hostile, and what is no file. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mail/aliases.h"

static int parse(const char *text, size_t n, struct aliases *ret, struct buf *faults)
{
	return aliases_parse("f", text, n, ret, faults);
}

/* All aliases as "name@line=target|target ". */
static const char *dump(const struct aliases *aliases, struct buf *out)
{
	for (size_t i = 0; i < aliases->count; i++) {
		const struct alias *a = &aliases->items[i];

		buf_addf(out, "%s@%u=", a->name, a->line);
		for (size_t j = 0; j < a->count; j++)
			buf_addf(out, "%s%s", j ? "|" : "", a->targets[j]);
		buf_addc(out, ' ');
	}
	return buf_cstr(out);
}

/* Without a fault. */
static const struct {
	const char *text;
	const char *aliases;
} good[] = {
	{ "", "" },
	{ "\n\n# nothing\n \t\n", "" },
	{ "root: a@b.org\n", "root@1=a@b.org " },
	{ "root: a@b.org", "root@1=a@b.org " },
	{ "root:a@b.org\r\nwww:root\r\n", "root@1=a@b.org www@2=root " },
	{ "Root : A@b.org , joe,\"x y\"@c.org", "root@1=A@b.org|joe|\"x y\"@c.org " },
	{ "a: b,\n  c,\n\td\n", "a@1=b|c|d " },
	{ "a: b,\n# between\n  # the lines: x\n\n  c\nd: e\n", "a@1=b|c d@6=e " },
	{ "a:\n  b@c\n", "a@1=b@c " },
	{ "a: b,\n", "a@1=b " },
	{ "a: ,,b,, ,c", "a@1=b|c " },
	{ "a:\n", "a@1= " },
	{ "  a: b\n", "a@1=b " },
	{ "\"Joe User\": joe@b\n\"a:b\": c\n", "a:b@2=c joe user@1=joe@b " },
	{ "a: Joe User <joe@b.org>, \"User, Joe\" <j@b.org>, k@b.org (Kay, (x))\n",
		"a@1=joe@b.org|j@b.org|k@b.org " },
	{ "joe: \\joe, j@b.org\nann: ann, a@b.org\n",
		"ann@2=\\ann|a@b.org joe@1=\\joe|j@b.org " },
	{ "joe: Joe@localhost\nroot: \\root@localhost\n",
		"joe@1=\\Joe@localhost root@2=\\root@localhost " },
	{ "a: \\x@b.org\n", "a@1=x@b.org " },
	{ "mailer-daemon: postmaster\nPOSTMASTER: root\n",
		"mailer-daemon@1=postmaster postmaster@2=root " },
	{ "a: x@[192.0.2.1], y@[IPv6:2001:db8::1]\n",
		"a@1=x@[192.0.2.1]|y@[IPv6:2001:db8::1] " },
	{ "a: b, c\nb: d\nc: d\nd: e@f\n", "a@1=b|c b@2=d c@3=d d@4=e@f " },
	{ "a@localhost: b\n", "a@1=b " },
	{ "z: 1\ny: 2\nx: 3\n", "x@3=3 y@2=2 z@1=1 " },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct aliases aliases;
		struct buf faults = { 0 }, out = { 0 };

		assert_int_equal(
			parse(good[i].text, strlen(good[i].text), &aliases, &faults), 0);
		assert_string_equal(buf_cstr(&faults), "");
		assert_string_equal(dump(&aliases, &out), good[i].aliases);
		aliases_clear(&aliases);
		buf_free(&faults);
		buf_free(&out);
	}
}

/* Each has the fault, and the rest is used. */
static const struct {
	const char *text;
	const char *fault; /* how its line starts */
	const char *aliases;
} bad[] = {
	{ "a: |/bin/x, b@c\n", "f:1: |/bin/x: mail is not given to programs; ",
		"a@1=b@c " },
	{ "a: \"|/bin/x 'a, b'\"\nb: c\n",
		"f:1: \"|/bin/x 'a, b'\": mail is not given to programs; ",
		"a@1= b@2=c " },
	{ "a: b@c,\n  /var/mail/x\n", "f:2: /var/mail/x: mail is not written to files; ",
		"a@1=b@c " },
	{ "a: \"/var/mail/x\"\n", "f:1: \"/var/mail/x\": mail is not written to files; ",
		"a@1= " },
	{ "a: :include:/etc/x, b@c\n", "f:1: :include:/etc/x: no other file is read; ",
		"a@1=b@c " },
	{ "a: \":Include:/etc/x\"\n", "f:1: \":Include:/etc/x\": no other file is read; ",
		"a@1= " },
	{ "a: :fail: no\n", "f:1: :fail: no: this is not one address; ", "a@1= " },
	{ "root a@b\nc: d\n", "f:1: root a@b: there is no colon; ", "c@2=d " },
	{ "a: b\n  c: d\ne: f\n", "f:1: b?  c: d: this is not one address; ",
		"a@1= e@3=f " },
	{ "a: b c\n", "f:1: b c: this is not one address; ", "a@1= " },
	{ "a: b@c # home\n", "f:1: b@c # home: this is not one address; ", "a@1= " },
	{ "a: \"b@c\nd: e\n", "f:1: \"b@c: this is not one address; ", "a@1= d@2=e " },
	{ "a: (b@c\nd: e\n", "f:1: (b@c: this is not one address; ", "a@1= d@2=e " },
	{ "a: <b@c> <d@e>\n", "f:1: <b@c> <d@e>: this is not one address; ", "a@1= " },
	{ "a: x:y;\n", "f:1: x:y;: this is not one address; ", "a@1= " },
	{ "a: b@\n", "f:1: b@: this is not one address; ", "a@1= " },
	{ "a: b@c..d\n", "f:1: b@c..d: this is not one address; ", "a@1= " },
	{ "a: b@c\x01, d\n", "f:1: b@c?: this is not one address; ", "a@1=d " },
	{ "a: \\, b\n", "f:1: \\: this is not one address; ", "a@1=b " },
	{ ": b\nc: d\n", "f:1: : this is not the name of a local user; ", "c@2=d " },
	{ "a b: c\n", "f:1: a b: this is not the name of a local user; ", "" },
	{ "a@b.org: c\n", "f:1: a@b.org: this is not the name of a local user; ", "" },
	{ "a, b: c\n", "f:1: a, b: this is not the name of a local user; ", "" },
	{ "a: b\nc: d\nA: e\n", "f:3: a: this name has an alias in line 1 already, ",
		"a@1=b c@2=d " },
	{ "a: b\nb: a\n",
		"f:2: b: the alias in line 1, which it names, leads back here, ",
		"a@1=b b@2= " },
	{ "a: b\nb: x@y, c\nc: A@localhost, z@y\n",
		"f:3: c: the alias in line 1, which it names, leads back here, ",
		"a@1=b b@2=x@y|c c@3=z@y " },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct aliases aliases;
		struct buf faults = { 0 }, out = { 0 };
		const char *told;

		assert_int_equal(
			parse(bad[i].text, strlen(bad[i].text), &aliases, &faults), 0);
		told = buf_cstr(&faults);
		if (strncmp(told, bad[i].fault, strlen(bad[i].fault)) != 0)
			assert_string_equal(told, bad[i].fault);
		assert_ptr_equal(strchr(told, '\n'), told + strlen(told) - 1);
		assert_string_equal(dump(&aliases, &out), bad[i].aliases);
		aliases_clear(&aliases);
		buf_free(&faults);
		buf_free(&out);
	}
}

static void test_nul_octets(void **state)
{
	static const char text[] = "a: b\0c@d, e\n\0\nf: g\n\0h: i\nj\0: k\n";
	struct aliases aliases;
	struct buf faults = { 0 }, out = { 0 };

	(void)state;
	assert_int_equal(parse(text, sizeof(text) - 1, &aliases, &faults), 0);
	assert_string_equal(dump(&aliases, &out), "a@1=e f@3=g ");
	assert_non_null(strstr(buf_cstr(&faults), "f:1: b?c@d: "));
	assert_non_null(strstr(faults.data, "f:4: ?h: "));
	assert_non_null(strstr(faults.data, "f:5: j?: "));
	aliases_clear(&aliases);
	buf_free(&faults);
	buf_free(&out);
}

/* Any prefix and any octet put anywhere: no crash, and lines that are printable. */
static void test_damaged(void **state)
{
	static const char whole[] = "# x\n\"a b\": \"c, d\" <e@f> (g (h)),\n \\i, j@[1]\n"
				    "k: |l\nm: k, m\n";
	static const char odd[] = "\0\n\r\t \"\\(<>[]@,:;|/#\x80";
	char text[sizeof(whole)];

	(void)state;
	for (size_t n = 0; n < sizeof(whole); n++) {
		for (size_t i = 0; i < sizeof(odd) * (n > 0); i++) {
			struct aliases aliases;
			struct buf faults = { 0 };

			memcpy(text, whole, sizeof(whole));
			text[n - 1] = odd[i];
			assert_int_equal(parse(text, n, &aliases, &faults), 0);
			aliases_clear(&aliases);
			assert_int_equal(
				parse(text, sizeof(whole) - 1, &aliases, &faults), 0);
			aliases_clear(&aliases);
			for (const char *c = buf_cstr(&faults); *c; c++)
				assert_true(*c == '\n' || (*c >= ' ' && *c <= '~'));
			buf_free(&faults);
		}
	}
}

static void fill(struct buf *text, const char *piece, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buf_adds(text, piece);
}

/* A megabyte of each in one line; all in time that grows with their length alone. */
static void test_long_lines(void **state)
{
	static const char *const pieces[] = { "x", "x ", "(", "\"", "[", "<", "\\", ",",
		"\n ", "\n#\n", "<a@b>", "<@a>", "a,", ":", "((x) ", "\\\"" };

	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++) {
		struct buf text = { 0 }, faults = { 0 };
		struct aliases aliases;

		buf_adds(&text, "a: ");
		fill(&text, pieces[i], 1048576 / strlen(pieces[i]));
		buf_adds(&text, "\nlast: x@y\n");
		assert_int_equal(parse(text.data, text.len, &aliases, &faults), 0);
		assert_non_null(aliases_find(&aliases, "last"));
		assert_true(faults.len < 100 * ALIASES_FAULTS_MAX * 2);
		aliases_clear(&aliases);
		buf_free(&text);
		buf_free(&faults);
	}
}

/* Each alias leads to the next one, the last one nowhere or back. */
static void test_deep_chain(void **state)
{
	struct buf text = { 0 }, faults = { 0 };
	struct aliases aliases;

	(void)state;
	for (unsigned i = 0; i < 50000; i++)
		buf_addf(&text, "n%u: n%u\n", i, i + 1);
	assert_int_equal(parse(text.data, text.len, &aliases, &faults), 0);
	assert_int_equal(aliases.count, 50000);
	assert_int_equal(faults.len, 0);
	aliases_clear(&aliases);
	buf_adds(&text, "n50000: n0\n");
	assert_int_equal(parse(text.data, text.len, &aliases, &faults), 0);
	assert_string_equal(buf_cstr(&faults),
		"f:50001: n50000: the alias in line 1, which it names, leads back here, "
		"so it is left out; name an address in its place\n");
	aliases_clear(&aliases);
	buf_free(&text);
	buf_free(&faults);
}

static void test_many_aliases(void **state)
{
	struct buf text = { 0 }, faults = { 0 };
	struct aliases aliases;
	char name[32];

	(void)state;
	for (unsigned i = 0; i < 10000; i++)
		buf_addf(&text, "user%u: person%u@example.org\n", i * 7919 % 10000, i);
	assert_int_equal(parse(text.data, text.len, &aliases, &faults), 0);
	assert_int_equal(aliases.count, 10000);
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "user%u", i);
		assert_string_equal(aliases_find(&aliases, name)->name, name);
	}
	assert_null(aliases_find(&aliases, "user"));
	assert_null(aliases_find(&aliases, "user10000"));
	assert_null(aliases_find(&aliases, ""));
	aliases_clear(&aliases);
	buf_free(&text);
	buf_free(&faults);
}

static void test_bounds(void **state)
{
	struct buf text = { 0 }, faults = { 0 };
	struct aliases aliases;

	(void)state;
	buf_adds(&text, "all: ");
	for (unsigned i = 0; i < ALIASES_TARGETS_MAX + 500; i++)
		buf_addf(&text, "u%u,\n ", i);
	assert_int_equal(parse(text.data, text.len, &aliases, &faults), 0);
	assert_int_equal(aliases.items[0].count, ALIASES_TARGETS_MAX);
	assert_non_null(strstr(buf_cstr(&faults), "f:100001: u100000: there are over "));
	assert_non_null(strstr(faults.data, "\nf: and 400 more\n"));
	aliases_clear(&aliases);
	buf_free(&text);
	buf_free(&faults);
}

static void write_file(const char *path, off_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "a: b@c\n", 7), 7);
	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
}

static int load(const char *path, struct buf *faults)
{
	struct aliases aliases = { 0 };
	int r = aliases_load(path, &aliases, faults);

	if (r == 0)
		aliases_clear(&aliases);
	return r;
}

static void test_files(void **state)
{
	char dir[] = "/tmp/test-aliases-XXXXXX";
	struct buf faults = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	write_file("good", 7);
	assert_int_equal(symlink("good", "link"), 0);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(symlink("self", "self"), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	write_file("large", ALIASES_FILE_MAX + 1);
	assert_int_equal(load("good", &faults), 0);
	assert_int_equal(load("link", &faults), 0);
	assert_int_equal(load("missing", &faults), 0);
	assert_int_equal(load("dangling", &faults), 0);
	assert_int_equal(aliases_check("good", &faults), 0);
	assert_int_equal(aliases_check("missing", &faults), 0);
	assert_int_equal(faults.len, 0);
	assert_int_equal(load("fifo", &faults), -EBADMSG);
	assert_int_equal(load(".", &faults), -EBADMSG);
	assert_int_equal(load("/dev/null", &faults), -EBADMSG);
	assert_int_equal(load("large", &faults), -EFBIG);
	assert_int_equal(load("self", &faults), -ELOOP);
	assert_string_equal(buf_cstr(&faults),
		"fifo: cannot be read: it is not a regular file\n"
		".: cannot be read: it is not a regular file\n"
		"/dev/null: cannot be read: it is not a regular file\n"
		"large: cannot be read: it is over 4 MiB\n"
		"self: cannot be read: Too many levels of symbolic links\n");
	write_file("large", ALIASES_FILE_MAX);
	assert_int_equal(aliases_check("large", &faults), -EINVAL);
	buf_free(&faults);
	for (const char *const *name = (const char *const[]){ "good", "link", "dangling",
		     "self", "fifo", "large", NULL };
		*name; name++)
		assert_int_equal(unlink(*name), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_nul_octets),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_deep_chain),
		cmocka_unit_test(test_many_aliases),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
