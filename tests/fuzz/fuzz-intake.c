/* SPDX-License-Identifier: ISC */
/* A message as sendmail reads it: nothing is lost, in wire form, however it comes in pieces. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "mail/wireform.h"
#include "sendmail/intake.h"
#include "sendmail/section.h"

/* What was read: as it came, and taken apart. */
struct taken {
	struct buf raw, header, body;
};

/* A descriptor with the N octets at S, of which a read gets PIECE at most. */
static int feed(const char *s, size_t n, size_t piece)
{
	int fds[2];

	REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
	for (; n > 0; s += piece, n -= piece) {
		if (piece > n)
			piece = n;
		REQUIRE(send(fds[1], s, piece, MSG_DONTWAIT) == (ssize_t)piece);
	}
	close(fds[1]);
	return fds[0];
}

static void take(const char *s, size_t n, size_t piece, bool dots, struct taken *t)
{
	int fd = feed(s, n, piece);
	struct wireform wire = { 0 };
	struct intake in;
	size_t searched = 0;
	bool complete = false;
	const char *part;
	ssize_t got;

	*t = (struct taken){ 0 };
	intake_init(&in, fd, dots);
	while ((got = intake_next(&in, &part)) > 0) {
		buf_add(&t->raw, part, (size_t)got);
		wireform_add(&wire, part, (size_t)got, &t->body);
		complete = complete || section_take(&t->body, &searched, &t->header);
	}
	REQUIRE(got == 0);
	wireform_end(&wire, &t->body);
	if (!complete)
		section_take(&t->body, &searched, &t->header);
	close(fd);
}

/* Octets before the line that is a dot and nothing else. */
static size_t before_dot(const char *s, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++) {
		size_t end = i + 2 < n && s[i + 1] == '\r' ? i + 2 : i + 1;

		if (s[i] == '.' && (i == 0 || s[i - 1] == '\n') && s[end] == '\n')
			return i;
	}
	return n;
}

/* Octets of the lines in front that a mailbox would have there. */
static size_t mbox_lines(struct buf *b)
{
	const char *text = buf_cstr(b);
	size_t at = 0;

	while (text && strncmp(text + at + strspn(text + at, ">"), "From ", 5) == 0)
		at = (size_t)(strchr(text + at, '\n') - text) + 1;
	return at;
}

/* Header and body are what was read, in wire form, but for a blank line between them. */
static void check_complete(const struct taken *t)
{
	struct buf all = { 0 };
	struct wireform wire = { 0 };
	size_t skip;

	wireform_add(&wire, t->raw.data, t->raw.len, &all);
	wireform_end(&wire, &all);
	buf_consume(&all, mbox_lines(&all));
	REQUIRE(all.len >= t->header.len + t->body.len);
	skip = all.len - t->header.len - t->body.len;
	REQUIRE(skip == 0 || skip == 2);
	if (t->header.len)
		REQUIRE(memcmp(all.data, t->header.data, t->header.len) == 0);
	if (skip)
		REQUIRE(memcmp(all.data + t->header.len, "\r\n", 2) == 0);
	if (t->body.len)
		REQUIRE(memcmp(all.data + t->header.len + skip, t->body.data,
				t->body.len) == 0);
	buf_free(&all);
}

static void taken_clear(struct taken *t)
{
	buf_free(&t->raw);
	buf_free(&t->header);
	buf_free(&t->body);
}

/* The first octet says if a lone dot is nothing special. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct taken whole, split;
	struct buf fields = { 0 };
	const char *s = (const char *)data + 1;
	bool dots = n && data[0] & 1;
	size_t expected;

	if (n < 2 || n > 4096)
		return 0;
	n--;
	expected = dots ? n : before_dot(s, n);
	take(s, n, n, dots, &whole);
	take(s, n, n < 128 ? 1 : 37, dots, &split);
	REQUIRE(whole.raw.len == expected);
	REQUIRE(expected == 0 || memcmp(whole.raw.data, s, expected) == 0);
	REQUIRE(fuzz_same(&whole.raw, &split.raw));
	REQUIRE(fuzz_same(&whole.header, &split.header));
	REQUIRE(fuzz_same(&whole.body, &split.body));
	REQUIRE(fuzz_is_wire_form(whole.header.data, whole.header.len));
	fuzz_section(whole.header.data, whole.header.len, &fields);
	REQUIRE(fuzz_same(&whole.header, &fields));
	check_complete(&whole);
	taken_clear(&whole);
	taken_clear(&split);
	buf_free(&fields);
	return 0;
}
