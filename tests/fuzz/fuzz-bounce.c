/* SPDX-License-Identifier: ISC */
/* A report to a sender: whatever addresses and servers say, its fields and parts are ours. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "mail/bounce.h"
#include "mail/envelope.h"
#include "wire/classify.h"
#include "wire/reply.h"

#define RECIPIENTS_MAX 4

static struct span take_line(const char **at, const char *end)
{
	const char *lf = *at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;
	struct span line = { *at, (size_t)((lf ? lf : end) - *at) };

	*at = lf ? lf + 1 : end;
	return line;
}

/* Lines of the text that start so. */
static size_t count_lines(const struct buf *text, const char *start)
{
	size_t n = 0, len = strlen(start);

	for (size_t i = 0; i + len < text->len; i++)
		n += text->data[i] == '\n' && memcmp(text->data + i + 1, start, len) == 0;
	return n;
}

static void check_report(const struct bounce *b)
{
	struct buf report = { 0 }, fields = { 0 };
	char boundary[48], line[64];

	bounce_start(b, boundary, &report);
	fuzz_section(report.data, report.len, &fields);
	REQUIRE(fuzz_count_fields(&fields, "To") == 1);
	REQUIRE(fuzz_count_fields(&fields, "Content-Type") == 1);
	REQUIRE(fuzz_count_fields(&fields, "Bcc") == 0);
	bounce_end(boundary, &report);
	REQUIRE(fuzz_is_wire_form(report.data, report.len));
	strcat(strcpy(line, "--"), boundary);
	REQUIRE(count_lines(&report, line) == 4);
	REQUIRE(count_lines(&report, "Final-Recipient: ") == b->count);
	REQUIRE(count_lines(&report, "Action: ") == b->count);
	buf_free(&report);
	buf_free(&fields);
}

struct facts {
	struct envelope_path sender, paths[RECIPIENTS_MAX];
	struct outcome outcomes[RECIPIENTS_MAX];
	struct bounce_recipient recipients[RECIPIENTS_MAX];
	size_t count;
};

/* Two lines: the path of a recipient, and what the server said. */
static bool take_recipient(struct facts *f, const char **at, const char *end)
{
	const struct classify_account account = { .user = "", .provider = "" };
	struct envelope_path *path = &f->paths[f->count];
	struct outcome *o = &f->outcomes[f->count];
	struct span line = take_line(at, end);
	struct reply reply = { 0 };

	if (f->count == RECIPIENTS_MAX ||
		envelope_path_parse(line, ENVELOPE_RECIPIENT, path) < 0)
		return false;
	line = take_line(at, end);
	reply_add(&reply, line.at, line.len);
	*o = classify_reply(STAGE_RCPT, &reply, &account);
	f->recipients[f->count++] = (struct bounce_recipient){ .address = path->address,
		.given = line.len % 2 ? path->address : "someone",
		.parameters = path->parameters,
		.code = o->code,
		.enhanced = o->enhanced,
		.text = o->text };
	return true;
}

static void facts_clear(struct facts *f)
{
	envelope_path_clear(&f->sender);
	while (f->count)
		envelope_path_clear(&f->paths[--f->count]);
}

/* A line with the path of the sender, the recipients, an empty line, and a header section. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *at = (const char *)data, *end = at + n;
	struct span line = take_line(&at, end);
	struct facts f = { 0 };
	struct buf header = { 0 };

	if (envelope_path_parse(line, ENVELOPE_SENDER, &f.sender) < 0)
		return 0;
	while (take_recipient(&f, &at, end))
		;
	fuzz_section(at, (size_t)(end - at), &header);
	check_report(&(struct bounce){ .id = "5F3A0C9D21B7",
		.kind = n % 3,
		.host = "host.example.org",
		.provider = n % 2 ? "server.example[192.0.2.1]:25" : "",
		.to = f.sender.address,
		.parameters = f.sender.parameters,
		.recipients = f.recipients,
		.count = f.count,
		.header = header.data,
		.header_len = header.len });
	facts_clear(&f);
	buf_free(&header);
	return 0;
}
