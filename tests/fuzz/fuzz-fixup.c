/* SPDX-License-Identifier: ISC */
/* The header section at submission, -t or not: in wire form, complete, and stable. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "sendmail/fixup.h"

static void check_complete(const struct buf *section)
{
	static const char *const gone[] = { "Bcc", "Resent-Bcc", "Return-Path",
		"Content-Length" };
	static const char *const there[] = { "From", "Date", "Message-ID" };

	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		REQUIRE(fuzz_count_fields(section, gone[i]) == 0);
	for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++)
		REQUIRE(fuzz_count_fields(section, there[i]) > 0);
	REQUIRE(fuzz_count_fields(section, "To") + fuzz_count_fields(section, "Cc") > 0);
}

/* The section alone: fields, then the empty line that is cut off here. */
static void check_section(struct buf *out)
{
	struct buf fields = { 0 };

	REQUIRE(fuzz_is_wire_form(out->data, out->len));
	fuzz_section(out->data, out->len, &fields);
	REQUIRE(fields.len + 2 == out->len);
	out->len = fields.len;
	REQUIRE(fuzz_same(out, &fields));
	buf_free(&fields);
}

static int fix(const struct fixup *how, const struct buf *header, struct buf *out)
{
	struct fixup f = *how;
	int r = fixup_header(&f, header, out);

	for (size_t i = 0; i < f.recipients.count; i++)
		REQUIRE(*f.recipients.items[i]);
	REQUIRE(r == 0 || r == -ELOOP || (r == -EINVAL && f.collect && *f.bad_field));
	REQUIRE(fuzz_is_wire_form(out->data, out->len));
	fixup_free(&f);
	return r;
}

/* The first octet says how it is called. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf header = { 0 }, out = { 0 }, again = { 0 };
	struct fixup how = { 0 };

	if (n == 0)
		return 0;
	how.collect = data[0] & 1;
	how.sender = data[0] & 2 ? "" : "user@host.example.org";
	how.full_name = data[0] & 4 ? "J\xc3\xb6 \"O\" User\n" : NULL;
	fuzz_section((const char *)data + 1, n - 1, &header);
	if (fix(&how, &header, &out) == 0) {
		check_section(&out);
		check_complete(&out);
		how.collect = false;
		REQUIRE(fix(&how, &out, &again) == 0);
		check_section(&again);
		REQUIRE(fuzz_same(&out, &again));
	}
	buf_free(&header);
	buf_free(&out);
	buf_free(&again);
	return 0;
}
