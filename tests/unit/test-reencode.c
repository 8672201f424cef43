/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "mail/content.h"
#include "mail/encode.h"
#include "mail/reencode.h"
#include "unit.h"

static void test_content_types(void **state)
{
	static const struct {
		const char *value;
		enum content_kind kind;
		const char *boundary;
	} rows[] = {
		{ "", CONTENT_TEXT, "" },
		{ " text/plain; charset=utf-8", CONTENT_TEXT, "" },
		{ " TEXT / html (so (it) goes)", CONTENT_TEXT, "" },
		{ " garbage", CONTENT_TEXT, "" },
		{ " application/pkcs7-mime; name=a", CONTENT_DATA, "" },
		{ " message/rfc822", CONTENT_MESSAGE, "" },
		{ " message/global", CONTENT_MESSAGE, "" },
		{ " message/partial; id=1", CONTENT_REPORT, "" },
		{ " multipart/mixed; boundary=abc", CONTENT_MULTIPART, "abc" },
		{ " multipart/mixed; boundary=----=_a/b", CONTENT_MULTIPART,
			"----=_a/b" },
		{ " multipart/digest;\r\n\tBOUNDARY = \"a b\\\"c \"", CONTENT_DIGEST,
			"a b\"c" },
		{ " multipart/mixed (x;boundary=no\\)) ; boundary (y) = (z) yes (w)",
			CONTENT_MULTIPART, "yes" },
		{ " multipart/mixed; a=\";boundary=no\"; boundary; b; boundary=yes",
			CONTENT_MULTIPART, "yes" },
		{ " multipart/mixed; x\"; boundary=no\"; ; boundary=a; boundary=b",
			CONTENT_MULTIPART, "a" },
		{ " multipart/mixed; boundary=\"a\r\n b\"", CONTENT_MULTIPART, "a b" },
		{ " multipart/mixed; boundary=\"open", CONTENT_MULTIPART, "open" },
		{ " multipart/mixed boundary=a", CONTENT_UNCLEAR, "" },
		{ " multipart/mixed; boundary=", CONTENT_UNCLEAR, "" },
		{ " multipart/mixed; boundary=\" \"", CONTENT_UNCLEAR, "" },
		{ " multipart/mixed; boundary*0=a", CONTENT_UNCLEAR, "" },
		{ " multipart/mixed (", CONTENT_UNCLEAR, "" },
		{ " multipart/signed; boundary=a", CONTENT_SEALED, "" },
		{ " multipart/ENCRYPTED; boundary=a", CONTENT_SEALED, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct content_type type;

		content_type_parse(rows[i].value, strlen(rows[i].value), &type);
		assert_int_equal(type.kind, rows[i].kind);
		assert_int_equal(type.boundary_len, strlen(rows[i].boundary));
		assert_memory_equal(type.boundary, rows[i].boundary, type.boundary_len);
	}
}

static void test_boundary_of_any_length(void **state)
{
	(void)state;
	for (size_t n = 1; n < 2 * CONTENT_BOUNDARY_MAX; n++) {
		struct buf value = { 0 };
		struct content_type type;

		buf_addf(&value, "multipart/mixed; boundary=%0*d", (int)n, 0);
		content_type_parse(value.data, value.len, &type);
		assert_int_equal(type.kind,
			n <= CONTENT_BOUNDARY_MAX ? CONTENT_MULTIPART : CONTENT_UNCLEAR);
		assert_int_equal(type.boundary_len, n <= CONTENT_BOUNDARY_MAX ? n : 0);
		buf_free(&value);
	}
}

static void test_encodings(void **state)
{
	static const struct {
		const char *value;
		enum content_encoding encoding;
	} rows[] = {
		{ "", ENCODING_7BIT },
		{ " 7BIT", ENCODING_7BIT },
		{ "\r\n 8bit (really)", ENCODING_8BIT },
		{ " binary;", ENCODING_8BIT },
		{ " (x) Quoted-Printable ", ENCODING_QP },
		{ " BASE64", ENCODING_BASE64 },
		{ " x-uuencode", ENCODING_OTHER },
		{ " 8-bit", ENCODING_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
			content_encoding_parse(rows[i].value, strlen(rows[i].value)),
			rows[i].encoding);
}

#define X10 "xxxxxxxxxx"
#define X70 X10 X10 X10 X10 X10 X10 X10
#define X74 X70 "xxxx"
#define X75 X70 "xxxxx"

static void test_encoders_whole_and_split(void **state)
{
	static const struct {
		enum encode as;
		const char *in, *out;
	} rows[] = {
		{ ENCODE_NOTHING, "a=\r\n b", "a=\r\n b" },
		{ ENCODE_QP, "", "" },
		{ ENCODE_QP, "a\r\n\r\n.b\r\n", "a\r\n\r\n.b\r\n" },
		{ ENCODE_QP, "a=b\x7f\xff\x01", "a=3Db=7F=FF=01" },
		{ ENCODE_QP, " a\t \r\n\t\r\nb ", " a\t=20\r\n=09\r\nb=20" },
		{ ENCODE_QP, X75 "\r\n", X75 "\r\n" },
		{ ENCODE_QP, X75 "y", X75 "=\r\ny" },
		{ ENCODE_QP, X75 " ", X75 "=\r\n=20" },
		{ ENCODE_QP, X74 "=y", X74 "=\r\n=3Dy" },
		/* what might be a boundary in a line of our making, and in one of the text's */
		{ ENCODE_QP, X75 "--b\r\n--b\r\n", X75 "=\r\n=2D-b\r\n--b\r\n" },
		{ ENCODE_BASE64, "a", "YQ==" },
		{ ENCODE_BASE64, "a\r\n\xff", "YQ0K/w==" },
		{ ENCODE_BASE64, X70,
			"eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4e"
			"Hh4eHh4eHh4eHh4eHh4eHh4eHh4\r\n"
			"eHh4eHh4eHh4eHh4eA==" },
		{ ENCODE_FOLD_QP, "a=\r\n=20\r\n= \r\n=", "a=\r\n=20\r\n= \r\n=" },
		{ ENCODE_FOLD_QP, X75 "y", X75 "=\r\ny" },
		{ ENCODE_FOLD_QP, X75 "=\r\ny", X75 "=\r\ny" },
		{ ENCODE_FOLD_QP, X74 "=3Dy", X74 "=\r\n=3Dy" },
		{ ENCODE_FOLD_QP, X70 "x===3Dy", X70 "x===\r\n=3Dy" },
		{ ENCODE_FOLD_QP, X70 "x=3=3Dy", X70 "x=3=\r\n=3Dy" },
		{ ENCODE_FOLD_QP, X75 "--b\r\n", X75 "=\r\n=2D-b\r\n" },
		{ ENCODE_FOLD_QP, X70 "\xff", X70 "=FF" },
		{ ENCODE_FOLD_BASE64, "eHh4\r\neA==\r\n", "eHh4\r\neA==\r\n" },
		{ ENCODE_FOLD_BASE64, X75 "x\r\ny", X75 "x\r\ny" },
		{ ENCODE_FOLD_BASE64, X75 "xy", X75 "x\r\ny" },
		{ ENCODE_FOLD_BASE64, X75 "x--y", X75 "x\r\ny" },
		{ ENCODE_FOLD_BASE64, "-\xff-b--\r\ny", "b\r\ny" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = strlen(rows[i].in);

		for (size_t cut = 0; cut <= n; cut++) {
			struct encoder e = { .as = rows[i].as };
			struct buf out = { 0 };

			encode_add(&e, rows[i].in, cut, &out);
			encode_add(&e, rows[i].in + cut, n - cut, &out);
			encode_end(&e, &out);
			assert_string_equal(buf_cstr(&out), rows[i].out);
			buf_free(&out);
		}
	}
}

/* IN with each '%' as 999 x's. */
static struct buf expand(const char *in)
{
	struct buf out = { 0 };

	for (; *in; in++) {
		if (*in == '%')
			buf_addf(&out, "%0999d", 0);
		else
			buf_addc(&out, *in);
	}
	assert_false(buf_failed(&out));
	return out;
}

static bool feed(
	struct reencode *r, const struct buf *message, size_t cut, struct buf *out)
{
	return reencode_add(r, message->data, cut, out) &&
	       reencode_add(r, message->data + cut, message->len - cut, out) &&
	       reencode_end(r, out);
}

/* The plan in words: "2qp 5base64", each number that of an entity; and "!" if something is kept. */
static void describe(const struct reencode *r, struct buf *out)
{
	static const char *const names[] = { "relabel", "qp", "base64", "fold-qp",
		"fold-base64" };

	for (size_t i = 0; i < r->count; i++)
		buf_addf(out, "%s%zu%s", i ? " " : "", r->steps[i].entity,
			names[r->steps[i].as]);
	if (r->count == 0 && r->needed)
		buf_adds(out, "fold");
	if (r->kept)
		buf_adds(out, "!");
}

/* Plans and applies, with the input cut in two at CUT. */
static void run(struct reencode *r, const struct buf *message, bool seven_bit, size_t cut,
	struct buf *words, struct buf *out)
{
	reencode_plan(r, seven_bit);
	assert_true(feed(r, message, cut, NULL));
	describe(r, words);
	reencode_apply(r);
	assert_true(feed(r, message, cut, out));
	assert_false(buf_failed(out));
}

#define CT     "Content-Type: "
#define CTE    "Content-Transfer-Encoding: "
#define MIXED  CT "multipart/mixed; boundary=b\r\n"
#define MIXED2 CT "multipart/mixed; boundary=c\r\n"
#define TEXT   CT "text/plain\r\n"
#define DATA   CT "application/x\r\n"

static const struct row {
	const char *in, *plan;
} long_line_rows[] = {
	{ "A: b\r\n\r\nbody\r\n", "" },
	{ "A: b\r\n", "" },
	{ "A: b\r\n\r\n", "" },
	{ "A: b\r\n\r\n%\r\n", "1qp" },
	{ "A: b\r\n\r\n\xff%\r\n", "1qp" },
	{ "A: b\r\n\r\n\xff%", "1qp" },
	{ DATA "\r\n%\r\n", "1base64" },
	{ TEXT CTE "base64\r\n\r\n%\r\n", "1fold-base64" },
	{ TEXT CTE "quoted-printable\r\n\r\n%\r\n", "1fold-qp" },
	{ TEXT CTE "quoted-printable\r\n" CTE "base64\r\n\r\n%\r\n", "1fold-qp" },
	{ TEXT CTE "x-token\r\n\r\n%\r\n", "!" },
	{ TEXT CT "multipart/mixed\r\n\r\n%\r\n", "1qp" },
	/* header */
	{ "A: %\r\n\r\nbody\r\n", "!" },
	{ "A: %\r\n\r\n%\r\n", "1qp!" },
	{ CT "text/\r\n\tplain; a=%%%%%\r\n\r\n%\r\n", "!" },
	{ CT "text/plain; a=%%%%\r\n\r\n%\r\n", "1qp!" },
	/* signed */
	{ "DKIM-Signature: x\r\n\r\n%\r\n", "!" },
	{ "ARC-Message-Signature: x\r\n" MIXED "\r\n--b\r\n\r\n%\r\n--b--\r\n", "!" },
	{ MIXED "\r\n--b\r\nDKIM-Signature: x\r\n\r\n%\r\n--b--\r\n", "2qp" },
	{ CT "multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n%\r\n--b--\r\n", "!" },
	{ CT "message/rfc822\r\n\r\nDKIM-Signature: x\r\n\r\n%\r\n", "!" },
	{ MIXED "\r\n--b\r\n" CT "multipart/signed; boundary=c\r\n\r\n--c\r\n\r\n%\r\n"
		"--c--\r\n--b\r\n\r\n%\r\n--b--\r\n",
		"3qp!" },
	/* multiparts */
	{ MIXED "\r\n--b\r\n\r\nshort\r\n--b\r\n" DATA "\r\n%\r\n--b--\r\n", "3base64" },
	{ MIXED "\r\n--b\r\n\r\n%\r\n--b  \r\n\r\n%\r\n--b--\t\r\n", "2qp 3qp" },
	{ MIXED "\r\n--b\r\n" MIXED2 "\r\n--c\r\n\r\n%\r\n--b\r\n\r\n%\r\n", "3qp 4qp" },
	{ MIXED "\r\n--b\r\n" MIXED "\r\n--b\r\n\r\n%\r\n--b--\r\n--b\r\n" DATA
		"\r\n%\r\n--b--\r\n",
		"3qp 4base64" },
	{ MIXED "\r\n--bb\r\n--b-\r\n --b\r\n--b---\r\n--\r\n-\r\n--b\r\n\r\n%\r\n",
		"2qp" },
	{ MIXED "\r\n--b\r\n--b\r\n\r\n--b\r\n" TEXT "--b\r\n%\r\n--b\r\n\r\n%",
		"5qp 6qp" },
	{ MIXED "\r\n%\r\n--b\r\n\r\n--b--\r\n%\r\n", "fold" },
	{ MIXED "\r\n--b--\r\n%\r\n--b\r\n\r\n%\r\n", "fold" },
	{ MIXED CTE "base64\r\n\r\n--b\r\n\r\n%\r\n", "2qp" },
	{ CT "multipart/mixed\r\n\r\n--b\r\n\r\n%\r\n", "!" },
	/* messages */
	{ CT "message/rfc822\r\n\r\nA: b\r\n" DATA "\r\n%\r\n", "2base64" },
	{ CT "message/rfc822\r\n\r\n" MIXED "\r\n--b\r\n\r\n%\r\n--b--\r\n", "3qp" },
	{ CT "message/rfc822\r\n" CTE "base64\r\n\r\n%\r\n", "1fold-base64" },
	{ CT "message/partial\r\n\r\n%\r\n", "!" },
	{ CT "multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nA: b\r\n\r\n%\r\n--b--\r\n",
		"3qp" },
	{ CT "multipart/digest; boundary=b\r\n\r\n--b\r\n" TEXT "\r\n%\r\n--b\r\n%\r\n",
		"2qp 4qp" },
};

/* For a server without 8BITMIME. */
static const struct row seven_bit_rows[] = {
	{ "A: b\r\n\r\nw\xc3\xb6rds of many letters\r\n", "1qp" },
	{ "A: b\r\n\r\n\xc3\xb6\xc3\xb6\r\n", "1base64" },
	{ MIXED CTE "8bit\r\n\r\n--b\r\n" CT "message/rfc822\r\n" CTE
		    "binary\r\n\r\n" DATA "\r\n\xff\r\n",
		"1relabel 2relabel 3base64" },
	{ "DKIM-Signature: x\r\n" MIXED CTE "8bit\r\n\r\n--b\r\n\r\n\xff\r\n", "!" },
};

static void check_rows(const struct row *rows, size_t count, bool seven_bit)
{
	struct reencode *r = malloc(sizeof(*r));

	for (size_t i = 0; i < count; i++) {
		struct buf message = expand(rows[i].in), whole = { 0 }, words = { 0 };
		bool ends = message.data[message.len - 1] == '\n';

		if (!ends)
			buf_adds(&message, "\r\n");
		run(r, &message, seven_bit, 0, &words, &whole);
		assert_string_equal(buf_cstr(&words), rows[i].plan);
		for (size_t cut = 1; cut < message.len; cut++) {
			struct buf out = { 0 };

			buf_clear(&words);
			run(r, &message, seven_bit, cut, &words, &out);
			assert_string_equal(buf_cstr(&words), rows[i].plan);
			assert_int_equal(out.len, whole.len);
			assert_memory_equal(out.data, whole.data, out.len);
			buf_free(&out);
		}
		/* what was made can go, and needs nothing more */
		if (!strchr(rows[i].plan, '!')) {
			buf_clear(&words);
			buf_clear(&message);
			run(r, &whole, seven_bit, 0, &words, &message);
			assert_string_equal(buf_cstr(&words), "");
		}
		buf_free(&message);
		buf_free(&whole);
		buf_free(&words);
	}
	free(r);
}

static void test_plans_whole_and_split(void **state)
{
	(void)state;
	check_rows(long_line_rows, COUNT(long_line_rows), false);
	check_rows(seven_bit_rows, COUNT(seven_bit_rows), true);
}

/* Octets above 127 ask for the same as long lines do, and are shorter to write down. */
static void test_what_goes_out(void **state)
{
	static const char *const cases[][2] = {
		{ "A: b\r\n\r\nabcdef\xff\r\n", "A: b\r\nMIME-Version: 1.0\r\n" TEXT CTE
						"quoted-printable\r\n\r\nabcdef=FF\r\n" },
		{ "mime-version: 1.0\r\n" CTE "8bit\r\n\t(x)\r\n" DATA "\r\na\xff\r\n",
			"mime-version: 1.0\r\n" DATA CTE "base64\r\n\r\nYf8NCg==\r\n" },
		{ "MIME-Version: 1.0\r\n" MIXED CTE "8bit\r\n\r\n"
		  "--b\r\n\r\nabcdef\xff\r\n--b\r\nabcdef\xff \r\n\r\n--b\r\n" DATA
		  "\r\na\xff\r\n--b--\r\n\xff\r\n",
			"MIME-Version: 1.0\r\n" MIXED "\r\n"
			"--b\r\n" CTE "quoted-printable\r\n\r\nabcdef=FF\r\n"
			"--b\r\n" CTE "quoted-printable\r\n\r\nabcdef=FF=20\r\n\r\n"
			"--b\r\n" DATA CTE "base64\r\n\r\nYf8=\r\n--b--\r\n\xff\r\n" },
		{ MIXED "\r\n--b\r\n" CT
			"message/rfc822\r\n\r\nA: b\r\n\r\nabcdef\xff\r\n--b--\r\n",
			MIXED "\r\n--b\r\n" CT "message/rfc822\r\n\r\nA: b\r\n"
			      "MIME-Version: 1.0\r\n" TEXT CTE
			      "quoted-printable\r\n\r\nabcdef=FF\r\n--b--\r\n" },
		{ TEXT CTE "quoted-printable\r\n\r\n=FF\xff\r\n",
			TEXT CTE "quoted-printable\r\n\r\n=FF=FF\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct reencode *r = malloc(sizeof(*r));
		struct buf message = expand(cases[i][0]), words = { 0 }, out = { 0 };

		run(r, &message, true, 0, &words, &out);
		assert_string_equal(buf_cstr(&out), cases[i][1]);
		buf_free(&message);
		buf_free(&words);
		buf_free(&out);
		free(r);
	}
}

/* Between the parts: nothing is lost but that a line was one, and no line becomes a boundary. */
static void test_filler_is_folded(void **state)
{
	struct reencode *r = malloc(sizeof(*r));
	struct buf message = { 0 }, expected = { 0 }, words = { 0 }, out = { 0 };

	(void)state;
	buf_addf(&message,
		MIXED "\r\n%0998d\r\n%0998d--b\r\n%02996d\r\n--b\r\n\r\n--b--\r\n", 0, 0,
		0);
	run(r, &message, false, 0, &words, &out);
	buf_addf(&expected,
		MIXED
		"\r\n%0998d\r\n%0998d\r\n -\r\n -b\r\n%0998d\r\n %0499d"
		"\r\n %0499d\r\n %0499d\r\n %0499d\r\n 0\r\n 0\r\n--b\r\n\r\n--b--\r\n",
		0, 0, 0, 0, 0, 0, 0);
	assert_string_equal(buf_cstr(&out), buf_cstr(&expected));
	buf_free(&expected);
	buf_free(&message);
	buf_free(&words);
	buf_free(&out);
	free(r);
}

static void test_what_is_not_in_wire_form(void **state)
{
	static const char *const cases[] = { "A: b\r\n\r\nx", "A: b\r\n\r\nx\r",
		"A: b\n\r\nx\r\n", "\n", "A: b\r\n\r\n\r\r\n", "A: b\r\n\r\n%\rx\r\n",
		"A: b\r\n\r\n%\n", "A: b\r\n\r\n%\r" };
	struct reencode *r = malloc(sizeof(*r));

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf message = expand(cases[i]);

		for (size_t cut = 0; cut <= message.len; cut++) {
			reencode_plan(r, false);
			assert_false(feed(r, &message, cut, NULL));
		}
		buf_free(&message);
	}
	free(r);
}

static void test_another_message_than_was_planned(void **state)
{
	struct buf planned = expand(MIXED "\r\n--b\r\n\r\n%\r\n--b\r\n\r\n%\r\n");
	struct buf other = expand(MIXED "\r\n--b\r\n\r\n%\r\n");
	struct reencode *r = malloc(sizeof(*r));
	struct buf out = { 0 };

	(void)state;
	reencode_plan(r, false);
	assert_true(feed(r, &planned, 0, NULL));
	reencode_apply(r);
	assert_false(feed(r, &other, 0, &out));
	buf_free(&planned);
	buf_free(&other);
	buf_free(&out);
	free(r);
}

static void test_depth_is_bounded(void **state)
{
	struct reencode *r = malloc(sizeof(*r));

	(void)state;
	for (unsigned depth = MIME_DEPTH_MAX - 1; depth <= MIME_DEPTH_MAX + 1; depth++) {
		struct buf message = { 0 };

		for (unsigned i = 0; i < depth; i++)
			buf_addf(&message,
				CT "multipart/mixed; boundary=%u.\r\n\r\n--%u.\r\n", i,
				i);
		buf_addf(&message, "\r\n%0999d\r\n--0.\r\n\r\n%0999d\r\n", 0, 0);
		reencode_plan(r, false);
		assert_true(feed(r, &message, 0, NULL));
		assert_int_equal(r->count, depth <= MIME_DEPTH_MAX ? 2 : 1);
		assert_int_equal(r->kept != NULL, depth > MIME_DEPTH_MAX);
		buf_free(&message);
	}
	free(r);
}

static void test_parts_are_bounded(void **state)
{
	struct reencode *r = malloc(sizeof(*r));
	struct buf message = { 0 }, out = { 0 };

	(void)state;
	buf_adds(&message, MIXED "\r\n");
	for (unsigned i = 0; i < REENCODE_MAX + 1; i++)
		buf_addf(&message, "--b\r\n\r\n%0999d\r\n", 0);
	reencode_plan(r, false);
	assert_true(feed(r, &message, 0, NULL));
	assert_int_equal(r->count, REENCODE_MAX);
	assert_non_null(r->kept);
	reencode_apply(r);
	assert_true(feed(r, &message, 0, &out));
	buf_free(&message);
	buf_free(&out);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content_types),
		cmocka_unit_test(test_boundary_of_any_length),
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_encoders_whole_and_split),
		cmocka_unit_test(test_plans_whole_and_split),
		cmocka_unit_test(test_what_goes_out),
		cmocka_unit_test(test_filler_is_folded),
		cmocka_unit_test(test_what_is_not_in_wire_form),
		cmocka_unit_test(test_another_message_than_was_planned),
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_parts_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
