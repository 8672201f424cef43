/* SPDX-License-Identifier: ISC */
/* Envelope, state file, header lines, wire form, backoff: bytes in, value out. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "mail/backoff.h"
#include "mail/envelope.h"
#include "mail/header.h"
#include "mail/spool.h"
#include "mail/stamp.h"
#include "mail/state.h"
#include "mail/wireform.h"

#define STATE_HEAD "mailchute-state 1\nattempts 1\nnext 5\nwaited 0\n"
#define HEAD	   "mailchute 1\nsize 00000000000000000005 7bit fits\n"

static void test_envelope_round_trip(void **state)
{
	struct envelope_path recipients[] = { { (char *)"root", NULL },
		{ (char *)"\"a b\"@c.org", (char *)"NOTIFY=NEVER ORCPT=rfc822;a" } };
	struct envelope in = { .sender = { (char *)"", (char *)"RET=HDRS" },
		.has_submitter = true,
		.submitter = 1000,
		.long_lines = true,
		.recipients = recipients,
		.count = 2,
		.size = 5,
		.eight_bit = true };
	struct envelope out;
	const char *reason;
	struct buf b = { 0 };

	(void)state;
	envelope_format(&in, &b);
	buf_adds(&b, "12345");
	assert_int_equal(envelope_parse(b.data, b.len, (off_t)b.len, &out, &reason), 0);
	assert_string_equal(out.sender.address, "");
	assert_string_equal(out.sender.parameters, "RET=HDRS");
	assert_true(out.has_submitter);
	assert_int_equal(out.submitter, 1000);
	assert_int_equal(out.count, 2);
	assert_null(out.recipients[0].parameters);
	assert_string_equal(out.recipients[1].address, "\"a b\"@c.org");
	assert_string_equal(out.recipients[1].parameters, "NOTIFY=NEVER ORCPT=rfc822;a");
	assert_true(out.eight_bit);
	assert_true(out.long_lines);
	assert_int_equal(out.offset, b.len - 5);
	envelope_clear(&out);
	buf_free(&b);
}

static void test_envelope_refuses(void **state)
{
	static const char *const rows[] = {
		"",
		"mailchute 2\n",
		"mailchute 1",
		"mailchute 1\nsize 5 7bit fits\nsender <>\nrecipient <a>\n\n12345",
		"mailchute 1\nsize 0000000000000000000x 7bit fits\nsender <>\nrecipient "
		"<a>\n\n12345",
		"mailchute 1\nsize 99999999999999999999 7bit fits\nsender <>\nrecipient "
		"<a>\n\n12345",
		"mailchute 1\nsize 00000000000000000005 9bit fits\nsender <>\nrecipient "
		"<a>\n\n12345",
		"mailchute 1\nsize 00000000000000000005 7bit\nsender <>\nrecipient "
		"<a>\n\n12345",
		"mailchute 1\nsize 00000000000000000005 7bit wide\nsender <>\nrecipient "
		"<a>\n\n12345",
		HEAD "sender <> \nrecipient <a>\n\n12345",
		HEAD "sender <> NOTIFY=NEVER\nrecipient <a>\n\n12345",
		HEAD "sender <>\nrecipient <a> RET=FULL\n\n12345",
		HEAD "sender <>\nrecipient <a> NOTIFY=NEVER NOTIFY=NEVER\n\n12345",
		HEAD "sender <>\nrecipient <a> SIZE=1\n\n12345",
		HEAD "sender <>\nsubmitter x\nrecipient <a>\n\n12345",
		HEAD "sender <>\nsubmitter 1\nsubmitter 1\nrecipient <a>\n\n12345",
		HEAD "sender <>\nsubmitter 4294967296\nrecipient <a>\n\n12345",
		HEAD "sender <>\nrecipient <a>\nsubmitter 1\n\n12345",
		HEAD "recipient <a>\n\n12345",
		HEAD "sender <>\n\n12345",
		HEAD "sender <>\nrecipient <>\n\n12345",
		HEAD "sender <>\nrecipient a\n\n12345",
		HEAD "sender <>\nrecipient <a>b>\n\n12345",
		HEAD "sender <>\nrecipient <a\x01>\n\n12345",
		HEAD "sender <a\r>\nrecipient <a>\n\n12345",
		HEAD "sender <>\nrecipient <a>\n\n1234",
		HEAD "sender <>\nrecipient <a>\n\n123456",
		HEAD "sender <>\nrecipient <a>\n12345",
		HEAD "sender <>\nnonsense <a>\n\n12345",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct envelope e;
		const char *reason = NULL;
		size_t n = strlen(rows[i]);

		assert_int_equal(
			envelope_parse(rows[i], n, (off_t)n, &e, &reason), -EBADMSG);
		assert_non_null(reason);
	}
}

/* A power cut may leave any prefix: none may pass for a message. */
static void test_envelope_refuses_every_prefix(void **state)
{
	static const char whole[] = HEAD "sender <x>\nrecipient <a>\n\n12345";
	size_t n = strlen(whole);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct envelope e;
		const char *reason;

		assert_int_equal(
			envelope_parse(whole, i, (off_t)i, &e, &reason), -EBADMSG);
	}
}

static void test_state_round_trip(void **unused)
{
	static const char text[] = "mailchute-state 1\nattempts 3\nnext "
				   "1764000000000\nwaited 60000\nsince 1763990000000\n"
				   "notified\n"
				   "pending 0 <a@b.org> 452 4.2.2 mailbox full\n"
				   "failed 1 <\"x y\"@b.org> 550 - no <such> user\n"
				   "done 2 <d@b.org> 250 2.0.0 ok\n"
				   "pending 199999 <c> 0 - \n";
	struct state s;
	struct buf again = { 0 };

	(void)unused;
	assert_int_equal(state_parse(text, strlen(text), &s), 0);
	assert_int_equal(s.count, 4);
	assert_int_equal(s.attempts, 3);
	assert_int_equal(state_count(&s, RECIPIENT_PENDING), 2);
	assert_int_equal(s.since_ms, 1763990000000);
	assert_string_equal(s.recipients[1].text, "no <such> user");
	state_format(&s, &again);
	assert_string_equal(buf_cstr(&again), text);
	buf_free(&again);
	state_clear(&s);
}

static void test_state_refuses(void **unused)
{
	static const char *const rows[] = {
		"",
		"mailchute-state 1\n",
		STATE_HEAD "",
		"mailchute-state 1\nattempts x\nnext 5\nwaited 0\npending 0 <a> 0 - \n",
		"mailchute-state 1\nattempts 1\nnext -5\nwaited 0\npending 0 <a> 0 - \n",
		STATE_HEAD "pending 0 <a> 0 - ",
		STATE_HEAD "pending 0 <> 0 - \n",
		STATE_HEAD "pending <a> 0 - \n",
		STATE_HEAD "pending -1 <a> 0 - \n",
		STATE_HEAD "pending 200000 <a> 0 - \n",
		STATE_HEAD "delivered <a> 0 - \n",
		STATE_HEAD "pending 0 <a> 1000 - \n",
		STATE_HEAD "pending 0 <a> 0 5.5.5555555555555 x\n",
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct state s;

		assert_int_equal(state_parse(rows[i], strlen(rows[i]), &s), -EBADMSG);
	}
}

/* Only what is added to the file may be torn. */
static void test_state_torn(void **unused)
{
	static const char text[] =
		STATE_HEAD "pending 0 <a> 0 - \nfailed 1 <b> 550 - no\n"
			   "done 0 <a> 250 - ok\n";
	size_t first = strlen(STATE_HEAD "pending 0 <a> 0 - \n");

	(void)unused;
	for (size_t n = 0; n < sizeof(text); n++) {
		struct state s;
		int r = state_parse(text, n, &s);

		assert_int_equal(r, n < first ? -EBADMSG : 0);
		if (r == 0)
			state_clear(&s);
	}
}

static void test_state_settle(void **unused)
{
	struct envelope_path paths[] = { { (char *)"a", NULL }, { (char *)"b", NULL } };
	const struct envelope envelope = { .recipients = paths, .count = 2 };
	struct outcome delivered = { .verdict = VERDICT_DELIVERED, .text = "ok" };
	struct outcome failed = { .verdict = VERDICT_FAILED, .code = 550, .text = "no" };
	struct buf out = { 0 };
	struct state s;

	(void)unused;
	assert_int_equal(state_from_envelope(&envelope, &s), 0);
	assert_int_equal(recipient_settle(&s.recipients[0], &delivered), 0);
	assert_int_equal(recipient_settle(&s.recipients[1], &failed), 0);
	assert_int_equal(state_count(&s, RECIPIENT_PENDING), 0);
	state_format(&s, &out);
	assert_string_equal(buf_cstr(&out), "mailchute-state 1\nattempts 0\nnext "
					    "0\nwaited 0\nfailed 1 <b> 550 - no\n");
	buf_free(&out);
	state_clear(&s);
}

static const struct {
	const char *line;
	enum header_line whole; /* if that is all of the line */
	enum header_line part;	/* if more may follow */
} lines[] = {
	{ "", HEADER_LINE_EMPTY, HEADER_LINE_UNKNOWN },
	{ "Subject: x", HEADER_LINE_FIELD, HEADER_LINE_FIELD },
	{ "Subject:", HEADER_LINE_FIELD, HEADER_LINE_FIELD },
	{ "To : x", HEADER_LINE_FIELD, HEADER_LINE_FIELD },
	{ "Subject", HEADER_LINE_BODY, HEADER_LINE_UNKNOWN },
	{ "To ", HEADER_LINE_BODY, HEADER_LINE_UNKNOWN },
	{ " x", HEADER_LINE_CONTINUATION, HEADER_LINE_CONTINUATION },
	{ "\tx", HEADER_LINE_CONTINUATION, HEADER_LINE_CONTINUATION },
	{ "hello world", HEADER_LINE_BODY, HEADER_LINE_BODY },
	{ ": x", HEADER_LINE_BODY, HEADER_LINE_BODY },
	{ "S\xc3\xbc: x", HEADER_LINE_BODY, HEADER_LINE_BODY },
};

static void test_header_line_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		size_t n = strlen(lines[i].line);

		assert_int_equal(
			header_line_kind(lines[i].line, n, true), lines[i].whole);
		assert_int_equal(
			header_line_kind(lines[i].line, n, false), lines[i].part);
	}
}

static void test_header_next(void **state)
{
	static const char section[] =
		"A: 1\r\nSubject :\r\n two\r\n\tthree\r\nB:\r\n\r\nbody";
	struct header_field f;
	size_t at = 0;

	(void)state;
	assert_true(header_next(section, strlen(section), &at, &f));
	assert_true(header_is(&f, "a"));
	assert_int_equal(f.value_len, 2);
	assert_true(header_next(section, strlen(section), &at, &f));
	assert_true(header_is(&f, "SUBJECT"));
	assert_memory_equal(f.value, "\r\n two\r\n\tthree", f.value_len);
	assert_true(header_next(section, strlen(section), &at, &f));
	assert_int_equal(f.value_len, 0);
	assert_false(header_next(section, strlen(section), &at, &f));
}

static const struct {
	const char *in;
	const char *out;
} forms[] = {
	{ "", "" },
	{ "a\n", "a\r\n" },
	{ "a", "a\r\n" },
	{ "a\r\nb\n", "a\r\nb\r\n" },
	{ "a\r\r\nb", "a\r\nb\r\n" },
	{ "\n\n", "\r\n\r\n" },
	{ "10%\r20%\r\n", "10% 20%\r\n" },
	{ "a\r", "a\r\n" },
	{ "\r\rx\n", "  x\r\n" },
};

static void test_wireform_whole_and_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		size_t n = strlen(forms[i].in);

		for (size_t cut = 0; cut <= n; cut++) {
			struct wireform w = { 0 };
			struct buf out = { 0 };

			wireform_add(&w, forms[i].in, cut, &out);
			wireform_add(&w, forms[i].in + cut, n - cut, &out);
			wireform_end(&w, &out);
			assert_string_equal(buf_cstr(&out), forms[i].out);
			assert_false(w.eight_bit);
			buf_free(&out);
		}
	}
}

static void test_wireform_long_lines(void **state)
{
	static const struct {
		size_t octets;
		const char *behind;
		bool long_lines;
	} rows[] = {
		{ 998, "\r\n", false },
		{ 999, "\n", true },
		{ 998, "\rx", true },
		{ 998, "\r\r\n", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct wireform w = { 0 };
		struct buf out = { 0 };

		for (size_t n = 0; n < rows[i].octets; n++)
			wireform_add(&w, "x", 1, &out);
		wireform_add(&w, rows[i].behind, strlen(rows[i].behind), &out);
		wireform_add(&w, "short\n", 6, &out);
		assert_int_equal(w.long_lines, rows[i].long_lines);
		buf_free(&out);
	}
}

/* Each octet, at each place of a run that is longer than what is looked at in one piece. */
static void test_wireform_each_octet(void **state)
{
	static const char run[] = "abcdefghijklmnopqrstuvw";

	(void)state;
	for (int octet = 0; octet < 256 * (int)strlen(run); octet++) {
		struct wireform w = { 0 };
		struct buf out = { 0 };
		size_t at = (size_t)octet / 256;
		char c = (char)octet, line[sizeof(run)];

		memcpy(line, run, sizeof(run));
		line[at] = c;
		wireform_add(&w, line, strlen(run), &out);
		assert_memory_equal(out.data, run, at);
		assert_int_equal(w.eight_bit, (octet & 0x80) != 0);
		wireform_add(&w, "x", 1, &out);
		assert_int_equal(out.len, sizeof(run) + (c == '\n') - (c == '\0'));
		if (c != '\n' && c != '\0')
			assert_int_equal(out.data[at], c == '\r' ? ' ' : c);
		buf_free(&out);
	}
}

static void test_wireform_odd_octets(void **state)
{
	struct wireform w = { 0 };
	struct buf out = { 0 };

	(void)state;
	wireform_add(&w, "a\0b\xff", 4, &out);
	wireform_end(&w, &out);
	assert_string_equal(buf_cstr(&out), "ab\xff\r\n");
	assert_true(w.eight_bit);
	buf_free(&out);
}

static void test_backoff(void **state)
{
	(void)state;
	assert_int_equal(backoff_ms(1, 1000, 60000, 0), 1000);
	assert_int_equal(backoff_ms(1, 1000, 60000, UINT32_MAX), 750);
	assert_int_equal(backoff_ms(3, 1000, 60000, 0), 4000);
	assert_int_equal(backoff_ms(1000, 1000, 60000, 0), 60000);
	assert_int_equal(backoff_ms(UINT32_MAX, 1000, 60000, 0), 60000);
	assert_true(backoff_ms(1, 0, 0, 0) >= 0);
}

static void test_stamp_date(void **state)
{
	struct buf out = { 0 };

	(void)state;
	setenv("TZ", "XXX-5:30", 1);
	tzset();
	stamp_date(1764000000, &out);
	assert_string_equal(buf_cstr(&out), "Mon, 24 Nov 2025 21:30:00 +0530");
	buf_clear(&out);
	setenv("TZ", "XXX3:30", 1);
	tzset();
	stamp_date(0, &out);
	assert_string_equal(buf_cstr(&out), "Wed, 31 Dec 1969 20:30:00 -0330");
	buf_free(&out);
}

static void test_spool_id(void **state)
{
	(void)state;
	assert_true(spool_id_valid("0123456789AB"));
	assert_false(spool_id_valid("0123456789ab"));
	assert_false(spool_id_valid("0123456789A"));
	assert_false(spool_id_valid("0123456789AB0"));
	assert_false(spool_id_valid("../456789ABC"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_envelope_round_trip),
		cmocka_unit_test(test_envelope_refuses),
		cmocka_unit_test(test_envelope_refuses_every_prefix),
		cmocka_unit_test(test_state_round_trip),
		cmocka_unit_test(test_state_refuses),
		cmocka_unit_test(test_state_torn),
		cmocka_unit_test(test_state_settle),
		cmocka_unit_test(test_header_line_kind),
		cmocka_unit_test(test_header_next),
		cmocka_unit_test(test_wireform_whole_and_split),
		cmocka_unit_test(test_wireform_long_lines),
		cmocka_unit_test(test_wireform_each_octet),
		cmocka_unit_test(test_wireform_odd_octets),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_stamp_date),
		cmocka_unit_test(test_spool_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
