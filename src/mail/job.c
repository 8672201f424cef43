/* SPDX-License-Identifier: ISC */
/*
 * A job, each line in this order:
 *
 *	job 5F3A0C9D21B7
 *	uid 1000
 *	arrived 1764000000000
 *	offset 96
 *	size 1234
 *	body 7bit fits
 *	sender <root@host.example.org>
 *	recipient <admin@example.org>
 *	...
 *
 * and its report, with a line for each recipient:
 *
 *	report 5F3A0C9D21B7
 *	relay smtp.example.com[192.0.2.25]:587
 *	gear chunking
 *	shifted no
 *	dsn yes
 *	delivered nobody 250 0 2.0.0 queued as 12345
 *	...
 */
#include "mail/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

void job_format(const struct job *job, struct buf *out)
{
	buf_addf(out, "job %s\nuid %u\narrived %lld\noffset %lld\nsize %llu\nbody %s\n",
		job->id, (unsigned)job->uid, (long long)job->arrived_ms,
		(long long)job->offset, (unsigned long long)job->size,
		envelope_body_name(job->eight_bit, job->long_lines));
	envelope_path_format(ENVELOPE_SENDER, &job->sender, out);
	for (size_t i = 0; i < job->count; i++)
		envelope_path_format(ENVELOPE_RECIPIENT, &job->recipients[i], out);
}

static const char *const gear_names[] = {
	[GEAR_NONE] = "none",
	[GEAR_LOCKSTEP] = "lock-step",
	[GEAR_DATA] = "data",
	[GEAR_CHUNKING] = "chunking",
};

const char *gear_name(enum gear gear)
{
	return gear_names[gear];
}

bool gear_parse(struct span name, enum gear *ret)
{
	int found = span_find(name, gear_names, GEAR_CHUNKING + 1);

	if (found >= 0)
		*ret = (enum gear)found;
	return found >= 0;
}

void report_format(const struct report *report, struct buf *out)
{
	buf_addf(out, "report %s\nrelay %s\ngear %s\nshifted %s\ndsn %s\n", report->id,
		report->relay, gear_name(report->gear), report->shifted ? "yes" : "no",
		report->dsn ? "yes" : "no");
	for (size_t i = 0; i < report->count; i++) {
		const struct outcome *o = &report->outcomes[i];

		buf_addf(out, "%s %s %d %u %s %s\n", verdict_name(o->verdict),
			blame_name(o->blame), o->code, o->wait_s,
			*o->enhanced ? o->enhanced : "-", o->text);
	}
}

/* The next line is a field of this name, with a blank behind it. */
static bool take_field(struct span *packet, const char *name, struct span *ret)
{
	return span_skip(packet, name) && span_until(packet, '\n', ret);
}

static bool take_number(
	struct span *packet, const char *name, uint64_t max, uint64_t *ret)
{
	return span_skip(packet, name) && span_number(packet, '\n', max, ret);
}

/* Copies printable ASCII (MIN or above; 0x20 allows blanks) that fits; anything else is refused. */
static bool span_copy(struct span span, char min, char *to, size_t size)
{
	if (span.len >= size)
		return false;
	for (size_t i = 0; i < span.len; i++) {
		if (span.at[i] < min || span.at[i] > '~')
			return false;
	}
	memcpy(to, span.at, span.len);
	to[span.len] = '\0';
	return true;
}

static bool take_word(struct span *packet, const char *name, char *to, size_t size)
{
	struct span value;

	return take_field(packet, name, &value) && value.len > 0 &&
	       span_copy(value, '!', to, size);
}

/* The next line as a path; that of a recipient has an address in it. */
static int take_path(
	struct span *packet, enum envelope_kind kind, struct envelope_path *ret)
{
	struct envelope_path path;
	struct span line;
	int r = span_until(packet, '\n', &line) ? envelope_path_parse(line, kind, &path)
						: -EBADMSG;

	if (r < 0)
		return r;
	if (strlen(path.address) > JOB_ADDRESS_MAX ||
		(kind == ENVELOPE_RECIPIENT && !*path.address)) {
		envelope_path_clear(&path);
		return -EBADMSG;
	}
	*ret = path;
	return 0;
}

/* Everything before the addresses. */
static int job_parse_head(struct span *packet, struct job *job)
{
	uint64_t uid, arrived, offset;
	struct span body;

	if (!take_word(packet, "job ", job->id, sizeof(job->id)) ||
		!take_number(packet, "uid ", UINT32_MAX, &uid) ||
		!take_number(packet, "arrived ", INT64_MAX, &arrived) ||
		!take_number(packet, "offset ", INT64_MAX, &offset) ||
		!take_number(packet, "size ", INT64_MAX - offset, &job->size) ||
		!take_field(packet, "body ", &body) ||
		!envelope_body_parse(body, &job->eight_bit, &job->long_lines))
		return -EBADMSG;
	job->uid = (uint32_t)uid;
	job->arrived_ms = (int64_t)arrived;
	job->offset = (off_t)offset;
	return 0;
}

static int job_parse_addresses(struct span *packet, struct job *job)
{
	int r = take_path(packet, ENVELOPE_SENDER, &job->sender);

	while (r == 0 && packet->len > 0) {
		if (job->count == JOB_RECIPIENTS_MAX)
			return -EBADMSG;
		r = take_path(packet, ENVELOPE_RECIPIENT, &job->recipients[job->count]);
		job->count += r == 0;
	}
	return r < 0 ? r : job->count ? 0 : -EBADMSG;
}

int job_parse(const char *packet, size_t n, struct job *ret)
{
	struct span rest = { packet, n };
	struct job job = { 0 };
	int r = n > JOB_PACKET_MAX ? -EBADMSG : job_parse_head(&rest, &job);

	if (r == 0)
		r = job_parse_addresses(&rest, &job);
	if (r < 0) {
		job_clear(&job);
		return r;
	}
	*ret = job;
	return 0;
}

/* The next line. */
static bool take_outcome(struct span *packet, struct outcome *ret)
{
	struct outcome o = { 0 };
	struct span verdict, blame, enhanced, text;
	uint64_t code, seconds;

	if (!span_until(packet, ' ', &verdict) || !verdict_parse(verdict, &o.verdict) ||
		!span_until(packet, ' ', &blame) || !blame_parse(blame, &o.blame) ||
		!span_number(packet, ' ', 599, &code) ||
		!span_number(packet, ' ', JOB_WAIT_MAX, &seconds) ||
		!span_until(packet, ' ', &enhanced) || enhanced.len == 0 ||
		!span_copy(enhanced, '!', o.enhanced, sizeof(o.enhanced)) ||
		!span_until(packet, '\n', &text) ||
		!span_copy(text, ' ', o.text, sizeof(o.text)))
		return false;
	o.code = (int)code;
	o.wait_s = (unsigned)seconds;
	if (strcmp(o.enhanced, "-") == 0)
		*o.enhanced = '\0';
	*ret = o;
	return true;
}

static bool take_flag(struct span *packet, const char *name, bool *ret)
{
	static const char *const names[] = { "no", "yes" };
	struct span value;
	int found = take_field(packet, name, &value) ? span_find(value, names, 2) : -1;

	*ret = found == 1;
	return found >= 0;
}

int report_parse(const char *packet, size_t n, struct report *ret)
{
	CLEANUP_FREE struct report *report = calloc(1, sizeof(*report));
	struct span rest = { packet, n };
	struct span gear;

	if (!report)
		return -ENOMEM;
	if (n > JOB_PACKET_MAX ||
		!take_word(&rest, "report ", report->id, sizeof(report->id)) ||
		!take_word(&rest, "relay ", report->relay, sizeof(report->relay)) ||
		!take_field(&rest, "gear ", &gear) || !gear_parse(gear, &report->gear) ||
		!take_flag(&rest, "shifted ", &report->shifted) ||
		!take_flag(&rest, "dsn ", &report->dsn))
		return -EBADMSG;
	while (rest.len > 0) {
		if (report->count == JOB_RECIPIENTS_MAX ||
			!take_outcome(&rest, &report->outcomes[report->count]))
			return -EBADMSG;
		report->count++;
	}
	if (report->count == 0)
		return -EBADMSG;
	*ret = *report;
	return 0;
}

void job_clear(struct job *job)
{
	envelope_path_clear(&job->sender);
	for (size_t i = 0; i < job->count; i++)
		envelope_path_clear(&job->recipients[i]);
	*job = (struct job){ 0 };
}
