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
#include "base/num.h"

void job_format(const struct job *job, struct buf *out)
{
	buf_addf(out,
		"job %s\nuid %u\narrived %lld\noffset %lld\nsize %llu\nbody %s %s\n",
		job->id, (unsigned)job->uid, (long long)job->arrived_ms,
		(long long)job->offset, (unsigned long long)job->size,
		job->eight_bit ? "8bit" : "7bit", job->long_lines ? "long" : "fits");
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

int gear_parse(const char *name, enum gear *ret)
{
	for (enum gear gear = GEAR_NONE; gear <= GEAR_CHUNKING; gear++) {
		if (strcmp(name, gear_names[gear]) == 0) {
			*ret = gear;
			return 0;
		}
	}
	return -EINVAL;
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

/* A part of the packet, not terminated. */
struct span {
	const char *at;
	size_t len;
};

/* Takes the next line, without its LF, off the front of PACKET. */
static bool line_take(struct span *packet, struct span *ret)
{
	const char *end = memchr(packet->at, '\n', packet->len);

	if (!end)
		return false;
	*ret = (struct span){ packet->at, (size_t)(end - packet->at) };
	packet->at = end + 1;
	packet->len -= ret->len + 1;
	return true;
}

/* Takes what stands before the first blank, and the blank. */
static bool word_take(struct span *line, struct span *ret)
{
	const char *end = memchr(line->at, ' ', line->len);

	if (!end)
		return false;
	*ret = (struct span){ line->at, (size_t)(end - line->at) };
	line->at = end + 1;
	line->len -= ret->len + 1;
	return true;
}

/* Takes the next line if it is a field of this name. */
static bool field_take(struct span *packet, const char *name, struct span *ret)
{
	struct span line, word;

	if (!line_take(packet, &line) || !word_take(&line, &word) ||
		word.len != strlen(name) || memcmp(word.at, name, word.len) != 0)
		return false;
	*ret = line;
	return true;
}

static bool field_take_number(
	struct span *packet, const char *name, uint64_t max, uint64_t *ret)
{
	struct span value;

	return field_take(packet, name, &value) &&
	       num_parse(value.at, value.len, max, ret) == 0;
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

static bool field_take_word(struct span *packet, const char *name, char *to, size_t size)
{
	struct span value;

	return field_take(packet, name, &value) && value.len > 0 &&
	       span_copy(value, '!', to, size);
}

/* The next line as a path; that of a recipient has an address in it. */
static int path_take(
	struct span *packet, enum envelope_kind kind, struct envelope_path *ret)
{
	struct envelope_path path;
	struct span line;
	int r = line_take(packet, &line)
			? envelope_path_parse(line.at, line.len, kind, &path)
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

static int body_take(struct span *packet, struct job *job)
{
	static const char *const words[] = { "7bit fits", "7bit long", "8bit fits",
		"8bit long" };
	struct span value;

	if (!field_take(packet, "body", &value))
		return -EBADMSG;
	for (unsigned i = 0; i < 4; i++) {
		if (value.len == strlen(words[i]) &&
			memcmp(value.at, words[i], value.len) == 0) {
			job->eight_bit = i & 2;
			job->long_lines = i & 1;
			return 0;
		}
	}
	return -EBADMSG;
}

/* Everything before the addresses. */
static int job_parse_head(struct span *packet, struct job *job)
{
	uint64_t uid, arrived, offset;

	if (!field_take_word(packet, "job", job->id, sizeof(job->id)) ||
		!field_take_number(packet, "uid", UINT32_MAX, &uid) ||
		!field_take_number(packet, "arrived", INT64_MAX, &arrived) ||
		!field_take_number(packet, "offset", INT64_MAX, &offset) ||
		!field_take_number(packet, "size", INT64_MAX - offset, &job->size))
		return -EBADMSG;
	job->uid = (uint32_t)uid;
	job->arrived_ms = (int64_t)arrived;
	job->offset = (off_t)offset;
	return body_take(packet, job);
}

static int job_parse_addresses(struct span *packet, struct job *job)
{
	int r = path_take(packet, ENVELOPE_SENDER, &job->sender);

	while (r == 0 && packet->len > 0) {
		if (job->count == JOB_RECIPIENTS_MAX)
			return -EBADMSG;
		r = path_take(packet, ENVELOPE_RECIPIENT, &job->recipients[job->count]);
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

static int outcome_parse(struct span line, struct outcome *ret)
{
	struct outcome o = { 0 };
	struct span verdict, blame, code, wait, enhanced;
	char verdict_word[16], blame_word[16];
	uint64_t number, seconds;

	if (!word_take(&line, &verdict) || !word_take(&line, &blame) ||
		!word_take(&line, &code) || !word_take(&line, &wait) ||
		num_parse(wait.at, wait.len, JOB_WAIT_MAX, &seconds) < 0 ||
		!word_take(&line, &enhanced) ||
		!span_copy(verdict, '!', verdict_word, sizeof(verdict_word)) ||
		verdict_parse(verdict_word, &o.verdict) < 0 ||
		!span_copy(blame, '!', blame_word, sizeof(blame_word)) ||
		blame_parse(blame_word, &o.blame) < 0 ||
		num_parse(code.at, code.len, 599, &number) < 0 || enhanced.len == 0 ||
		!span_copy(enhanced, '!', o.enhanced, sizeof(o.enhanced)) ||
		!span_copy(line, ' ', o.text, sizeof(o.text)))
		return -EBADMSG;
	o.code = (int)number;
	o.wait_s = (unsigned)seconds;
	if (strcmp(o.enhanced, "-") == 0)
		*o.enhanced = '\0';
	*ret = o;
	return 0;
}

int report_parse(const char *packet, size_t n, struct report *ret)
{
	CLEANUP_FREE struct report *report = calloc(1, sizeof(*report));
	struct span rest = { packet, n };
	char gear[16], shifted[4], dsn[4];

	if (!report)
		return -ENOMEM;
	if (n > JOB_PACKET_MAX ||
		!field_take_word(&rest, "report", report->id, sizeof(report->id)) ||
		!field_take_word(&rest, "relay", report->relay, sizeof(report->relay)) ||
		!field_take_word(&rest, "gear", gear, sizeof(gear)) ||
		gear_parse(gear, &report->gear) < 0 ||
		!field_take_word(&rest, "shifted", shifted, sizeof(shifted)) ||
		!field_take_word(&rest, "dsn", dsn, sizeof(dsn)))
		return -EBADMSG;
	report->shifted = strcmp(shifted, "yes") == 0;
	report->dsn = strcmp(dsn, "yes") == 0;
	while (rest.len > 0) {
		struct span line;

		if (report->count == JOB_RECIPIENTS_MAX || !line_take(&rest, &line) ||
			outcome_parse(line, &report->outcomes[report->count]) < 0)
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
