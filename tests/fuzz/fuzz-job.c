/* SPDX-License-Identifier: ISC */
/* Jobs and reports: what is read, written and read again is the same. */
#include "fuzz.h"
#include "mail/job.h"

static void check_job(const struct job *job)
{
	struct buf text = { 0 }, text2 = { 0 };
	struct job again;

	REQUIRE(job->count > 0 && job->count <= JOB_RECIPIENTS_MAX);
	job_format(job, &text);
	REQUIRE(job_parse(text.data, text.len, &again) == 0);
	job_format(&again, &text2);
	REQUIRE(fuzz_same(&text, &text2));
	job_clear(&again);
	buf_free(&text);
	buf_free(&text2);
}

static void check_report(const struct report *report)
{
	struct buf text = { 0 }, text2 = { 0 };
	static struct report again;

	REQUIRE(report->count > 0 && report->count <= JOB_RECIPIENTS_MAX);
	report_format(report, &text);
	REQUIRE(report_parse(text.data, text.len, &again) == 0);
	report_format(&again, &text2);
	REQUIRE(fuzz_same(&text, &text2));
	buf_free(&text);
	buf_free(&text2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct report report;
	struct job job;

	if (job_parse((const char *)data, n, &job) == 0) {
		check_job(&job);
		job_clear(&job);
	} else if (report_parse((const char *)data, n, &report) == 0) {
		check_report(&report);
	}
	return 0;
}
