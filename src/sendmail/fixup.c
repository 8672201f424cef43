/* SPDX-License-Identifier: ISC */
#include "sendmail/fixup.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "mail/field_writer.h"
#include "mail/header.h"
#include "mail/mailname.h"
#include "mail/stamp.h"

/* What a field means here. */
enum {
	DROP = 1,
	RECIPIENTS = 2,
	RESENT = 4,
	DESTINATION = 8,
	HOP = 16,
};

/* The fields that are looked for by presence; the number is their bit. */
enum seen {
	SEEN_FROM = 1,
	SEEN_DATE = 2,
	SEEN_MESSAGE_ID = 4,
	SEEN_RESENT_FROM = 8,
	SEEN_RESENT_DATE = 16,
	SEEN_RESENT_MESSAGE_ID = 32,
	SEEN_COMPLETE = SEEN_FROM | SEEN_DATE | SEEN_MESSAGE_ID,
	SEEN_RESENT = SEEN_RESENT_FROM | SEEN_RESENT_DATE | SEEN_RESENT_MESSAGE_ID,
};

static const struct known_field {
	const char *name;
	unsigned meaning;
	unsigned seen;
} known_fields[] = {
	{ "From", 0, SEEN_FROM },
	{ "Date", 0, SEEN_DATE },
	{ "Message-ID", 0, SEEN_MESSAGE_ID },
	{ "Resent-From", 0, SEEN_RESENT_FROM },
	{ "Resent-Date", 0, SEEN_RESENT_DATE },
	{ "Resent-Message-ID", 0, SEEN_RESENT_MESSAGE_ID },
	{ "To", RECIPIENTS | DESTINATION, 0 },
	{ "Cc", RECIPIENTS | DESTINATION, 0 },
	{ "Bcc", RECIPIENTS | DROP, 0 },
	{ "Resent-To", RECIPIENTS | RESENT, 0 },
	{ "Resent-Cc", RECIPIENTS | RESENT, 0 },
	{ "Resent-Bcc", RECIPIENTS | RESENT | DROP, 0 },
	{ "Received", HOP, 0 },
	{ "Return-Path", DROP, 0 },
	{ "Content-Length", DROP, 0 },
};

/* What the section holds, gathered in a first pass. */
struct survey {
	unsigned seen;
	bool resent; /* Resent- recipients: they count alone (RFC 5322 section 3.6.6) */
	bool destination;
	unsigned hops;
};

static const struct known_field *field_known(const struct header_field *field)
{
	for (size_t i = 0; i < sizeof(known_fields) / sizeof(known_fields[0]); i++) {
		if (header_is(field, known_fields[i].name))
			return &known_fields[i];
	}
	return NULL;
}

static void take_survey(const struct buf *header, struct survey *survey)
{
	struct header_field field;
	size_t at = 0;

	while (header_next(header->data, header->len, &at, &field)) {
		const struct known_field *known = field_known(&field);

		if (!known)
			continue;
		survey->seen |= known->seen;
		survey->resent = survey->resent || (known->meaning & RESENT);
		survey->destination =
			survey->destination || (known->meaning & DESTINATION);
		survey->hops += !!(known->meaning & HOP);
	}
}

/* Reads the recipients of one field. */
static int collect(struct fixup *f, const struct header_field *field)
{
	int r = address_list_parse(field->value, field->value_len, &f->recipients);

	if (r == -EINVAL)
		text_printable(f->bad_field, sizeof(f->bad_field), field->start,
			field->name_len);
	return r;
}

/* Second pass: copies what stays. */
static int copy_fields(struct fixup *f, const struct buf *header,
	const struct survey *survey, struct buf *out)
{
	struct header_field field;
	size_t at = 0;

	while (header_next(header->data, header->len, &at, &field)) {
		const struct known_field *known = field_known(&field);
		unsigned meaning = known ? known->meaning : 0;

		if (f->collect && (meaning & RECIPIENTS) &&
			survey->resent == !!(meaning & RESENT)) {
			int r = collect(f, &field);

			if (r < 0)
				return r;
		}
		if (!(meaning & DROP))
			buf_add(out, field.start, field.len);
	}
	return 0;
}

/* The name, and the envelope sender unless that is null. */
static void add_from(
	const char *field, const struct fixup *f, const char *mailname, struct buf *out)
{
	CLEANUP(buf_free) struct buf address = { 0 };

	buf_adds(&address, *f->sender ? f->sender : "MAILER-DAEMON");
	if (buf_cstr(&address) && !address_domain(address.data))
		buf_addf(&address, "@%s", mailname);
	if (buf_cstr(&address))
		field_mailbox(field, f->full_name, address.data, out);
	else
		out->failed = true;
}

static void add_message_id(const char *field, const char *mailname, struct buf *out)
{
	buf_addf(out, "%s: ", field);
	stamp_message_id(mailname, out);
	buf_adds(out, "\r\n");
}

/* Who sent it on; in front of all else, where the latest resending stands (RFC 5322 section 3.6.6). */
static void add_missing_resent(const struct fixup *f, const struct survey *survey,
	const char *mailname, struct buf *out)
{
	if (!(survey->seen & SEEN_RESENT_FROM))
		add_from("Resent-From", f, mailname, out);
	if (!(survey->seen & SEEN_RESENT_DATE))
		stamp_date_field("Resent-Date", time(NULL), out);
	if (!(survey->seen & SEEN_RESENT_MESSAGE_ID))
		add_message_id("Resent-Message-ID", mailname, out);
}

static void add_missing(const struct fixup *f, const struct survey *survey,
	const char *mailname, struct buf *out)
{
	if (!(survey->seen & SEEN_FROM))
		add_from("From", f, mailname, out);
	if (!survey->destination)
		buf_adds(out, "To: undisclosed-recipients:;\r\n");
	if (!(survey->seen & SEEN_DATE))
		stamp_date_field("Date", time(NULL), out);
	if (!(survey->seen & SEEN_MESSAGE_ID))
		add_message_id("Message-ID", mailname, out);
}

int fixup_header(struct fixup *f, const struct buf *header, struct buf *out)
{
	struct survey survey = { 0 };
	char mailname[MAILNAME_MAX];
	bool resent;
	int r;

	take_survey(header, &survey);
	if (survey.hops > HEADER_HOPS_MAX)
		return -ELOOP;
	resent = survey.resent || (survey.seen & SEEN_RESENT);
	if (resent || (survey.seen & SEEN_COMPLETE) != SEEN_COMPLETE)
		mailname_get(mailname);
	if (resent)
		add_missing_resent(f, &survey, mailname, out);
	r = copy_fields(f, header, &survey, out);
	if (r < 0)
		return r;
	add_missing(f, &survey, mailname, out);
	buf_adds(out, "\r\n");
	return buf_failed(out) ? -ENOMEM : 0;
}

void fixup_free(struct fixup *f)
{
	address_list_free(&f->recipients);
}
