/* SPDX-License-Identifier: ISC */
/* The header section as the courier sends it, with and without a sender of its own. */
#include "fuzz.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "courier/rewrite.h"
#include "mail/address.h"
#include "mail/field_writer.h"
#include "mail/header.h"

#define OURS "us@provider.example"

/* Where it ends is the same whether more of the message is there or not. */
static void check_end(const char *s, size_t n)
{
	size_t whole, part;

	REQUIRE(rewrite_section(s, n, true, &whole));
	REQUIRE(whole <= n);
	REQUIRE(!rewrite_section(s, n, false, &part) || part == whole);
}

/* There is one From, and it names us alone. */
static void check_from(const struct buf *section)
{
	struct header_field field;
	size_t at = 0;

	REQUIRE(fuzz_count_fields(section, "From") == 1);
	REQUIRE(fuzz_count_fields(section, "Sender") == 0);
	while (header_next(section->data, section->len, &at, &field)) {
		struct address_list list = { 0 };

		if (!header_is(&field, "From"))
			continue;
		REQUIRE(address_list_parse(field.value, field.value_len, &list) == 0);
		REQUIRE(list.count == 1);
		REQUIRE(address_equal(list.items[0], OURS));
		address_list_free(&list);
	}
}

/* What SECTION becomes, without the trace field that is put on top. */
static void rewrite_once(
	const struct rewrite *how, const struct buf *section, struct buf *out)
{
	struct rewrite_survey survey;
	struct header_field trace;
	const char *too_long;
	size_t at = 0;

	rewrite_look(section->data, section->len, &survey);
	too_long = rewrite_header(how, &survey, section->data, section->len, out);
	REQUIRE(fuzz_is_wire_form(out->data, out->len));
	REQUIRE(too_long || fuzz_longest_line(out->data, out->len) <= WIREFORM_LINE_MAX);
	REQUIRE(header_next(out->data, out->len, &at, &trace));
	buf_consume(out, at);
}

/* What was rewritten needs no change, if SECTION is one field, and that a list of addresses. */
static void check_stable(
	const struct rewrite *how, const struct buf *section, const struct buf *once)
{
	struct address_list list = { 0 };
	struct header_field field;
	struct buf twice = { 0 };
	size_t at = 0;

	if (header_next(section->data, section->len, &at, &field) && at == section->len &&
		address_list_parse(field.value, field.value_len, &list) == 0) {
		rewrite_once(how, once, &twice);
		REQUIRE(fuzz_same(once, &twice));
	}
	address_list_free(&list);
	buf_free(&twice);
}

/* The first octet says if From is to be ours, and if the server takes UTF-8. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct job job = { .id = "5F3A0C9D21B7", .uid = 33 };
	const struct conf conf = { .hostname = (char *)"host.example.org",
		.from = (char *)(n && data[0] & 1 ? OURS : ""),
		.allowed_senders = (char *)"",
		.rewrite = (char *)"",
		.user_senders = (char *)"",
		.add_header = (char *)"" };
	struct rewrite how = { .job = &job, .conf = &conf };
	struct buf section = { 0 }, out = { 0 }, fields = { 0 };

	if (n == 0)
		return 0;
	how.utf8 = data[0] & 2;
	check_end((const char *)data + 1, n - 1);
	fuzz_section((const char *)data + 1, n - 1, &section);
	rewrite_once(&how, &section, &out);
	REQUIRE(how.utf8 || !utf8_beyond_ascii(out.data, out.len));
	fuzz_section(out.data, out.len, &fields);
	REQUIRE(fuzz_same(&out, &fields)); /* fields alone: no empty line, no body */
	REQUIRE(fuzz_count_fields(&out, "Bcc") == 0);
	REQUIRE(fuzz_count_fields(&out, "To") == fuzz_count_fields(&section, "To"));
	if (*conf.from)
		check_from(&out);
	check_stable(&how, &section, &out);
	buf_free(&section);
	buf_free(&out);
	buf_free(&fields);
	return 0;
}
