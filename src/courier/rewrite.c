/* SPDX-License-Identifier: ISC */
#include "courier/rewrite.h"

#include <string.h>
#include <strings.h>

#include "courier/address_field.h"
#include "courier/text_field.h"
#include "mail/field_writer.h"
#include "mail/stamp.h"

enum meaning {
	OTHER,
	ADDRESSES,
	FROM,
	SENDER,
	REPLY_TO,
	RECEIVED,
	DROPPED,
	MIME_VERSION,
	CONTENT_TYPE,
	CONTENT_ENCODING,
};

static enum meaning field_meaning(const struct header_field *field)
{
	static const struct {
		const char *name;
		enum meaning meaning;
	} known[] = {
		{ "Received", RECEIVED },
		{ "From", FROM },
		{ "Sender", SENDER },
		{ "Reply-To", REPLY_TO },
		{ "To", ADDRESSES },
		{ "Cc", ADDRESSES },
		{ "Bcc", DROPPED },
		{ "Resent-From", ADDRESSES },
		{ "Resent-Sender", ADDRESSES },
		{ "Resent-Reply-To", ADDRESSES },
		{ "Resent-To", ADDRESSES },
		{ "Resent-Cc", ADDRESSES },
		{ "Resent-Bcc", DROPPED },
		{ "Return-Path", DROPPED },
		{ "Content-Length", DROPPED },
		{ "Disposition-Notification-To", ADDRESSES },
		{ "Return-Receipt-To", ADDRESSES },
		{ "Errors-To", ADDRESSES },
		{ "Mail-Followup-To", ADDRESSES },
		{ "Mail-Reply-To", ADDRESSES },
		{ "MIME-Version", MIME_VERSION },
		{ "Content-Type", CONTENT_TYPE },
		{ "Content-Transfer-Encoding", CONTENT_ENCODING },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (header_is(field, known[i].name))
			return known[i].meaning;
	}
	return OTHER;
}

bool rewrite_section(const char *s, size_t n, bool whole, size_t *ret)
{
	struct header_field field;
	size_t at = 0;

	while (header_next(s, n, &at, &field))
		;
	if (!whole && (at == n || !memchr(s + at, '\n', n - at)))
		return false;
	*ret = at;
	return true;
}

void rewrite_look(const char *section, size_t n, struct rewrite_survey *ret)
{
	struct rewrite_survey survey = { 0 };
	struct header_field field;
	struct address_part first;
	size_t at = 0;

	while (header_next(section, n, &at, &field)) {
		switch (field_meaning(&field)) {
		case RECEIVED: survey.hops++; break;
		case REPLY_TO:
			survey.reply_to |= address_field_first(&field, &first) > 0;
			/* fall through */
		case FROM:
		case SENDER:
		case ADDRESSES:
			survey.needs_utf8 |= address_field_needs_utf8(&field);
			break;
		case MIME_VERSION: survey.mime = true; break;
		case CONTENT_TYPE: survey.content_type = true; break;
		case CONTENT_ENCODING: survey.content_encoding = true; break;
		default: break;
		}
	}
	*ret = survey;
}

static void add_trace(const struct job *job, const char *host, struct buf *out)
{
	buf_addf(out, "Received: by %s (mailchute", host);
	if (job->uid != ENVELOPE_UNKNOWN)
		buf_addf(out, ", from userid %u", (unsigned)job->uid);
	buf_addf(out, ")\r\n\tid %s; ", job->id);
	stamp_date((time_t)(job->arrived_ms / 1000), out);
	buf_adds(out, "\r\n");
}

/* Says of a body beyond ASCII what nothing says of it yet (RFC 2045). */
static void add_mime(
	const char *charset, const struct rewrite_survey *survey, struct buf *out)
{
	buf_adds(out, "MIME-Version: 1.0\r\n");
	if (!survey->content_type)
		buf_addf(out, "Content-Type: text/plain; charset=%s\r\n", charset);
	if (!survey->content_encoding)
		buf_adds(out, "Content-Transfer-Encoding: 8bit\r\n");
}

static bool may_stay(const struct rewrite *how, const char *address)
{
	char full[ADDRESS_MAX + 1], to[ADDRESS_MAX + 1];

	address = address_qualified(address, how->conf->hostname, full);
	address = sender_map(how->conf, address, to);
	return sender_is_kept(how->conf, how->user, address);
}

/* True if there is no other address in the field than those that may stay. */
static bool all_may_stay(const struct header_field *field, const struct rewrite *how)
{
	struct address_reader reader = { .at = field->value,
		.end = field->value + field->value_len };
	struct address_part part;
	bool any = false;

	while (address_next(&reader, &part)) {
		if (part.kind == ADDRESS_BAD ||
			(part.kind == ADDRESS_MAILBOX && !may_stay(how, part.address)))
			return false;
		any = any || part.kind == ADDRESS_MAILBOX;
	}
	return any;
}

/* The From field FIELD, in the name of FROM; with a Reply-To if REPLY_TO. */
static bool add_from(const struct header_field *field, const struct rewrite *how,
	const struct address_rules *rules, bool reply_to, struct buf *out)
{
	const char *from = how->conf->from;
	struct address_part first;
	size_t count = address_field_first(field, &first);
	bool fits = true;

	if (count)
		fits = address_part_add("From:", &first, from, rules, out);
	else
		field_mailbox("From", NULL, from, out);
	fits &= text_field_add("X-Original-From:", field, how->utf8, out);
	if (reply_to)
		fits &= address_field_answers("Reply-To:", field, rules, out);
	return fits;
}

static bool add_field(const struct header_field *field, const struct rewrite *how,
	const struct address_rules *rules, struct buf *out)
{
	const struct address_rules of_others = { .host = how->conf->hostname,
		.utf8 = how->utf8 };
	struct address_part first;

	switch (field_meaning(field)) {
	case DROPPED: return true;
	case SENDER:
		if (*how->conf->from && !all_may_stay(field, how))
			return true;
		/* fall through */
	case FROM: return address_field_add(field, rules, out);
	case REPLY_TO:
		if (*how->conf->from && address_field_first(field, &first) == 0)
			return true; /* nobody's: there may be one of From now */
		return address_field_add(field, rules, out);
	case ADDRESSES: return address_field_add(field, &of_others, out);
	default: return text_field_add(NULL, field, how->utf8, out);
	}
}

/* LINE is a whole field, or "". */
static bool is_same_field(const struct header_field *field, const char *line)
{
	size_t n = strcspn(line, ":");

	return n == field->name_len && strncasecmp(field->start, line, n) == 0;
}

const char *rewrite_header(const struct rewrite *how, const struct rewrite_survey *survey,
	const char *section, size_t n, struct buf *out)
{
	const struct address_rules rules = {
		.host = how->conf->hostname, .utf8 = how->utf8, .map = how->conf
	};
	const char *too_long = NULL;
	struct header_field field;
	const char *added = how->conf->add_header, *from = how->conf->from;
	bool from_seen = false, added_seen = false;
	size_t at = 0;

	add_trace(how->job, how->conf->hostname, out);
	while (header_next(section, n, &at, &field)) {
		bool fits;

		if (!*from || !header_is(&field, "From") ||
			(!from_seen && all_may_stay(&field, how)))
			fits = add_field(&field, how, &rules, out);
		else if (from_seen) /* RFC 5322 section 3.6 allows one */
			fits = text_field_add("X-Original-From:", &field, how->utf8, out);
		else
			fits = add_from(&field, how, &rules, !survey->reply_to, out);
		from_seen = from_seen || header_is(&field, "From");
		added_seen = added_seen || is_same_field(&field, added);
		too_long = fits ? too_long : field.start;
	}
	if (*from && !from_seen)
		field_mailbox("From", NULL, from, out);
	if (*added && !added_seen)
		buf_addf(out, "%s\r\n", added);
	if (how->charset)
		add_mime(how->charset, survey, out);
	return too_long;
}
