/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "mail/job.h"
#include "unit.h"

#define JOB_HEAD                                                                         \
	"job ID7\nuid 33\narrived 1764000000000\noffset 96\nsize 1234\nbody 8bit long\n"
#define JOB                                                                              \
	JOB_HEAD "sender <a b\"@x>\nrecipient <c@y>\nrecipient <\xc3\xb6@z> "            \
		 "NOTIFY=NEVER\n"
#define LONG_ID "012345678901234567890123456789012"
#define REPORT_HEAD                                                                      \
	"report ID7\nrelay h[192.0.2.1]:587\n"                                           \
	"gear data\nshifted yes\ndsn yes\n"
#define REPORT REPORT_HEAD "delivered nobody 250 0 2.0.0 ok\nfailed recipient 0 0 - \n"

static void test_job_round_trip(void **state)
{
	struct job job;
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(job_parse(JOB, strlen(JOB), &job), 0);
	assert_string_equal(job.id, "ID7");
	assert_int_equal(job.uid, 33);
	assert_int_equal(job.arrived_ms, 1764000000000);
	assert_int_equal(job.offset, 96);
	assert_int_equal(job.size, 1234);
	assert_true(job.eight_bit);
	assert_string_equal(job.sender.address, "a b\"@x");
	assert_int_equal(job.count, 2);
	assert_string_equal(job.recipients[1].address, "\xc3\xb6@z");
	assert_string_equal(job.recipients[1].parameters, "NOTIFY=NEVER");
	assert_true(job.long_lines);
	job_format(&job, &out);
	assert_string_equal(buf_cstr(&out), JOB);
	buf_free(&out);
	job_clear(&job);
}

static void test_job_malformed(void **state)
{
	static const char *const packets[] = {
		"",
		"\n",
		"job ID7\n",
		JOB_HEAD,
		JOB_HEAD "sender <a@x>\n",
		JOB_HEAD "recipient <c@y>\n",
		JOB_HEAD "sender <a@x>\nrecipient <>\n",
		JOB_HEAD "sender <a@x>\nrecipient <c@y>",
		JOB_HEAD "sender <a@x>\nrecipient c@y\n",
		JOB_HEAD "sender <a@x>\nrecipient <c\r@y>\n",
		JOB_HEAD "sender <a@x>\nrecipient <c\x7f@y>\n",
		JOB_HEAD "sender <a@x>\nrecipient <c@y>\n\n",
		JOB_HEAD "sender <a@x>\nrecipient <c@y>\nmore\n",
		JOB_HEAD "sender <a@x>\nsender <b@x>\nrecipient <c@y>\n",
		"job \nuid 33\narrived 1\noffset 9\nsize 1\nbody 7bit fits\nsender "
		"<>\nrecipient <c>\n",
		"job a b\nuid 33\narrived 1\noffset 9\nsize 1\nbody 7bit fits\nsender "
		"<>\nrecipient <c>\n",
		"job a\nuid -1\narrived 1\noffset 9\nsize 1\nbody 7bit fits\nsender "
		"<>\nrecipient <c>\n",
		"job a\nuid 4294967296\narrived 1\noffset 9\nsize 1\nbody 7bit "
		"fits\nsender "
		"<>\n"
		"recipient <c>\n",
		"job a\nuid 1\narrived 1\noffset 9\nsize 9223372036854775807\nbody 7bit "
		"fits\n"
		"sender <>\nrecipient <c>\n",
		"job a\nuid 1\narrived 1\noffset 9\nsize 1\nbody 9bit\nsender "
		"<>\nrecipient <c>\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(packets); i++) {
		struct job job = { .uid = 7 };

		if (job_parse(packets[i], strlen(packets[i]), &job) != -EBADMSG)
			fail_msg("taken: %s", packets[i]);
		assert_int_equal(job.uid, 7);
	}
}

static void test_packets_cut_anywhere_are_refused(void **state)
{
	(void)state;
	for (size_t n = 0; n < strlen(JOB); n++) {
		struct job job;
		int r = job_parse(JOB, n, &job);

		if (r == 0) /* whole lines, with one recipient at least */
			job_clear(&job);
		assert_int_equal(
			r, n == strlen(JOB) - strlen("recipient <oo@z> NOTIFY=NEVER\n")
				   ? 0
				   : -EBADMSG);
	}
}

static void test_job_limits(void **state)
{
	struct buf out = { 0 };
	struct job job;

	(void)state;
	buf_adds(&out, JOB_HEAD "sender <>\n");
	for (int i = 0; i < JOB_RECIPIENTS_MAX; i++) {
		buf_adds(&out, "recipient <");
		for (int k = 0; k < JOB_ADDRESS_MAX; k++)
			buf_addc(&out, 'a');
		buf_adds(&out, ">\n");
	}
	assert_int_equal(job_parse(out.data, out.len, &job), 0);
	assert_int_equal(job.count, JOB_RECIPIENTS_MAX);
	job_clear(&job);
	buf_adds(&out, "recipient <a>\n");
	assert_int_equal(job_parse(out.data, out.len, &job), -EBADMSG);
	buf_clear(&out);
	buf_adds(&out, JOB_HEAD "sender <>\nrecipient <");
	for (int k = 0; k <= JOB_ADDRESS_MAX; k++)
		buf_addc(&out, 'a');
	buf_adds(&out, ">\n");
	assert_int_equal(job_parse(out.data, out.len, &job), -EBADMSG);
	buf_free(&out);
}

static void test_report_round_trip(void **state)
{
	struct report *report = calloc(1, sizeof(*report));
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(report_parse(REPORT, strlen(REPORT), report), 0);
	assert_string_equal(report->relay, "h[192.0.2.1]:587");
	assert_int_equal(report->count, 2);
	assert_int_equal(report->outcomes[0].verdict, VERDICT_DELIVERED);
	assert_int_equal(report->outcomes[0].code, 250);
	assert_string_equal(report->outcomes[0].enhanced, "2.0.0");
	assert_string_equal(report->outcomes[0].text, "ok");
	assert_int_equal(report->outcomes[1].blame, BLAME_RECIPIENT);
	assert_string_equal(report->outcomes[1].enhanced, "");
	report_format(report, &out);
	assert_string_equal(buf_cstr(&out), REPORT);
	buf_free(&out);
	free(report);
}

static void test_report_malformed(void **state)
{
	static const char *const packets[] = {
		"",
		REPORT_HEAD,
		REPORT_HEAD "\n",
		REPORT_HEAD "delivered nobody 250 0 2.0.0\n",
		REPORT_HEAD "delivered nobody 250 0 2.0.0 ok",
		REPORT_HEAD "delivered nobody 600 2.0.0 ok\n",
		REPORT_HEAD "delivered nobody -1 2.0.0 ok\n",
		REPORT_HEAD "delivered nobody 250  ok\n",
		REPORT_HEAD "delivered nobody 250 0 2.0.0.0.0.0.0.0.0 ok\n",
		REPORT_HEAD "delivered  250 2.0.0 ok\n",
		REPORT_HEAD "delivered me 250 2.0.0 ok\n",
		REPORT_HEAD "received nobody 250 2.0.0 ok\n",
		REPORT_HEAD "delivered nobody 250 0 2.0.0 o\x01k\n",
		REPORT_HEAD "delivered nobody 250 0 2.0.0 o\xc3\xb6\n",
		"report ID7\ndelivered nobody 250 0 2.0.0 ok\n",
		"report ID7\nrelay a b\ngear data\nshifted no\ndsn yes\n"
		"delivered nobody 250 0 2.0.0 ok\n",
		"report ID7\nrelay r\ngear high\nshifted no\ndsn yes\n"
		"delivered nobody 250 0 2.0.0 ok\n",
		"report ID7\nrelay r\nshifted no\ndsn yes\n"
		"delivered nobody 250 0 2.0.0 ok\n",
		"report " LONG_ID "\nrelay r\ngear data\nshifted no\ndsn yes\ndelivered "
		"nobody 250 0 - ok\n",
	};
	struct report *report = calloc(1, sizeof(*report));

	(void)state;
	for (size_t i = 0; i < COUNT(packets); i++) {
		if (report_parse(packets[i], strlen(packets[i]), report) != -EBADMSG)
			fail_msg("taken: %s", packets[i]);
		assert_int_equal(report->count, 0);
	}
	free(report);
}

static void test_names(void **state)
{
	(void)state;
	for (int i = VERDICT_DELIVERED; i <= VERDICT_UNATTEMPTED; i++) {
		enum verdict v;

		assert_true(verdict_parse(span_of(verdict_name((enum verdict)i)), &v));
		assert_int_equal(v, i);
	}
	for (int i = BLAME_NOBODY; i <= BLAME_OURSELVES; i++) {
		enum blame b;

		assert_true(blame_parse(span_of(blame_name((enum blame)i)), &b));
		assert_int_equal(b, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_job_round_trip),
		cmocka_unit_test(test_job_malformed),
		cmocka_unit_test(test_packets_cut_anywhere_are_refused),
		cmocka_unit_test(test_job_limits),
		cmocka_unit_test(test_report_round_trip),
		cmocka_unit_test(test_report_malformed),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
