/* SPDX-License-Identifier: ISC */
/* The last check before the wire: it passes what is in wire form, and nothing else. */
#include <string.h>

#include "fuzz.h"
#include "wire/lines.h"

/* True if all of S passes in blocks of BLOCK octets; collects dots doubled in *OUT. */
static bool pass(const char *s, size_t n, size_t block, struct buf *out)
{
	struct lines lines = { 0 };

	while (n > 0) {
		size_t left = n < block ? n : block;

		n -= left;
		while (left > 0) {
			bool dot = false;
			ssize_t len = lines_next(&lines, s, left, &dot);

			if (len < 0)
				return false;
			REQUIRE(len > 0 && (size_t)len <= left);
			if (dot)
				buf_addc(out, '.');
			buf_add(out, s, (size_t)len);
			s += len;
			left -= (size_t)len;
		}
	}
	return !lines.in_line;
}

/* What a server makes of it (RFC 5321 section 4.5.2) is the message, with no end within. */
static void check_dots(const char *s, size_t n, const struct buf *out)
{
	bool start = true;
	size_t at = 0;

	for (size_t i = 0; i < out->len; i++) {
		char c = out->data[i];

		if (start && c == '.') {
			REQUIRE(i + 1 < out->len && out->data[i + 1] != '\r');
			start = false;
			continue;
		}
		REQUIRE(at < n && s[at++] == c);
		start = c == '\n';
	}
	REQUIRE(at == n);
}

/* The first octet is the size of the blocks. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf plain = { 0 }, out = { 0 }, split = { 0 };
	const char *s = (const char *)data + 1;
	bool passed;

	if (n < 2)
		return 0;
	n--;
	for (size_t i = 0; i < n; i++) /* NUL is not its business */
		buf_addc(&plain, s[i] ? s[i] : '0');
	passed = pass(s, n, SIZE_MAX, &out);
	REQUIRE(passed == fuzz_is_wire_form(plain.data, plain.len));
	REQUIRE(passed == pass(s, n, data[0] ? data[0] : 1, &split));
	if (passed) {
		REQUIRE(fuzz_same(&out, &split));
		check_dots(s, n, &out);
	}
	buf_free(&plain);
	buf_free(&out);
	buf_free(&split);
	return 0;
}
