/* SPDX-License-Identifier: ISC */
#include "mail/mime.h"

#include <string.h>

#include "mail/header.h"

static void tell(struct mime *m, enum mime_event event, const char *s, size_t n)
{
	m->visit(m->context, m, event, s, n);
}

static void start_entity(struct mime *m, bool is_message, enum content_kind kind)
{
	m->entity = (struct mime_entity){ .is_message = is_message, .type.kind = kind };
	m->field = MIME_FIELD_OTHER;
	m->where = MIME_IN_HEADER;
	tell(m, MIME_ENTITY, NULL, 0);
}

/* The field that came to its end; the first of a name counts. */
static void end_field(struct mime *m)
{
	struct mime_entity *e = &m->entity;
	bool whole = m->value_len <= MIME_FIELD_MAX;

	if (m->field == MIME_FIELD_TYPE && !e->has_type) {
		e->has_type = true;
		if (whole)
			content_type_parse(m->value, m->value_len, &e->type);
		else
			e->type.kind = CONTENT_UNCLEAR;
	} else if (m->field == MIME_FIELD_ENCODING && !e->has_encoding) {
		e->has_encoding = true;
		e->encoding = whole ? content_encoding_parse(m->value, m->value_len)
				    : ENCODING_OTHER;
	}
	m->field = MIME_FIELD_OTHER;
}

static void start_field(struct mime *m, const struct header_field *field)
{
	struct mime_entity *e = &m->entity;

	m->value_len = 0;
	if (header_is(field, "Content-Type"))
		m->field = MIME_FIELD_TYPE;
	else if (header_is(field, "Content-Transfer-Encoding"))
		m->field = MIME_FIELD_ENCODING;
	else if (header_is(field, "MIME-Version"))
		e->has_version = true;
	else if (e->is_message && (header_is(field, "DKIM-Signature") ||
					  header_is(field, "ARC-Message-Signature")))
		e->is_signed = true;
}

static void keep_value(struct mime *m, const char *s, size_t n)
{
	if (m->field == MIME_FIELD_OTHER)
		return;
	if (m->value_len + n <= MIME_FIELD_MAX)
		memcpy(m->value + m->value_len, s, n);
	else
		n = MIME_FIELD_MAX + 1 - m->value_len;
	m->value_len += n;
}

static enum mime_fixed why_fixed(const struct mime *m)
{
	const struct mime_entity *e = &m->entity;

	if (e->is_signed)
		return MIME_SIGNED;
	switch (e->type.kind) {
	case CONTENT_SEALED: return MIME_SIGNED;
	case CONTENT_REPORT: return MIME_REPORT;
	case CONTENT_UNCLEAR: return MIME_UNCLEAR;
	case CONTENT_MULTIPART:
	case CONTENT_DIGEST:
		return m->depth == MIME_DEPTH_MAX ? MIME_TOO_DEEP : MIME_FREE;
	default: return e->encoding == ENCODING_OTHER ? MIME_ENCODED : MIME_FREE;
	}
}

static enum mime_body body_of(const struct mime_entity *e)
{
	if (e->fixed)
		return MIME_LEAF;
	if (e->type.kind == CONTENT_MULTIPART || e->type.kind == CONTENT_DIGEST)
		return MIME_MULTIPART;
	return e->type.kind == CONTENT_MESSAGE && e->encoding <= ENCODING_8BIT
		       ? MIME_MESSAGE
		       : MIME_LEAF;
}

/* At the end of a header section; EMPTY is the line behind it. */
static void end_header(struct mime *m, const char *empty, size_t n)
{
	struct mime_entity *e = &m->entity;

	end_field(m);
	e->fixed = why_fixed(m);
	e->body = body_of(e);
	m->where = e->body == MIME_LEAF ? MIME_IN_BODY : MIME_OUTSIDE;
	tell(m, MIME_HEADER_END, empty, n);
	if (e->body == MIME_MULTIPART)
		m->levels[m->depth++] = (struct mime_level){ .type = e->type };
	else if (e->body == MIME_MESSAGE)
		start_entity(m, true, CONTENT_TEXT);
}

/* A line of a header, of TEXT octets without its line end. False if it is not one. */
static bool header_line(struct mime *m, const char *s, size_t text, size_t n)
{
	struct header_field field;
	size_t at = 0;

	if (m->continued || (text > 0 && (*s == ' ' || *s == '\t'))) {
		keep_value(m, s, text);
	} else if (header_next(s, n, &at, &field)) {
		end_field(m);
		start_field(m, &field);
		keep_value(m, field.value, field.value_len);
	} else {
		return false;
	}
	tell(m, MIME_FIELD, s, n);
	return true;
}

/* Tells the CRLF that was held back. */
static void release(struct mime *m, enum mime_event event)
{
	if (m->held)
		tell(m, event, "\r\n", 2);
	m->held = false;
}

static void end_body(struct mime *m)
{
	tell(m, MIME_BODY_END, "\r\n", m->held ? 2 : 0);
	m->held = false;
}

static bool is_boundary(
	const struct mime_level *level, const char *s, size_t n, bool *ret_last)
{
	size_t len = level->type.boundary_len;

	if (level->closed || n < len || memcmp(s, level->type.boundary, len) != 0)
		return false;
	*ret_last = n == len + 2 && memcmp(s + len, "--", 2) == 0;
	return n == len || *ret_last;
}

/* A line that parts the parts of a multipart that we are in (RFC 2046 section 5.1.1). */
static bool boundary_line(struct mime *m, const char *s, size_t text, size_t n)
{
	size_t i = m->depth;
	bool last;

	while (text > 0 && (s[text - 1] == ' ' || s[text - 1] == '\t'))
		text--;
	if (text < 2 || memcmp(s, "--", 2) != 0)
		return false;
	while (i > 0 && !is_boundary(&m->levels[i - 1], s + 2, text - 2, &last))
		i--;
	if (i == 0)
		return false;
	if (m->where == MIME_IN_BODY)
		end_body(m);
	else
		release(m, MIME_FILLER);
	m->depth = i;
	m->where = MIME_OUTSIDE;
	tell(m, MIME_FILLER, s, n);
	m->levels[i - 1].closed = last;
	if (!last)
		start_entity(m, false,
			m->levels[i - 1].type.kind == CONTENT_DIGEST ? CONTENT_MESSAGE
								     : CONTENT_TEXT);
	return true;
}

/* A line of TEXT octets, N with its line end; or a piece of a longer one. */
static void add_line(struct mime *m, const char *s, size_t text, size_t n)
{
	bool whole = !m->continued && n > text;
	enum mime_event event;

	if (whole && boundary_line(m, s, text, n))
		return;
	while (m->where == MIME_IN_HEADER) {
		if (header_line(m, s, text, n))
			return;
		end_header(m, s, text ? 0 : n);
		/* without an empty line between, the first part may begin here */
		if (text == 0 || (whole && boundary_line(m, s, text, n)))
			return;
	}
	event = m->where == MIME_IN_BODY ? MIME_BODY : MIME_FILLER;
	release(m, event);
	if (text > 0)
		tell(m, event, s, text);
	m->held = n > text;
}

/* The line that was collected, or as much of it as is possible if it goes on. */
static bool take_line(struct mime *m)
{
	bool ends = m->line[m->line_len - 1] == '\n';
	size_t n = ends ? m->line_len : WIREFORM_LINE_MAX, text = ends ? n - 2 : n;

	if (ends && (n < 2 || m->line[n - 2] != '\r'))
		return false;
	if (memchr(m->line, '\r', text))
		return false;
	add_line(m, m->line, text, n);
	m->continued = !ends;
	m->line_len -= n;
	memmove(m->line, m->line + n, m->line_len);
	return true;
}

void mime_start(struct mime *m, mime_visit visit, void *context)
{
	*m = (struct mime){ .visit = visit, .context = context };
	start_entity(m, true, CONTENT_TEXT);
}

bool mime_add(struct mime *m, const char *s, size_t n)
{
	while (n > 0 && !m->malformed) {
		size_t room = sizeof(m->line) - m->line_len, take = n < room ? n : room;
		const char *lf = memchr(s, '\n', take);

		if (lf)
			take = (size_t)(lf - s) + 1;
		memcpy(m->line + m->line_len, s, take);
		m->line_len += take;
		s += take;
		n -= take;
		if (lf || m->line_len == sizeof(m->line))
			m->malformed = !take_line(m);
	}
	return !m->malformed;
}

bool mime_end(struct mime *m)
{
	if (m->malformed || m->line_len > 0)
		return false;
	if (m->where == MIME_OUTSIDE)
		release(m, MIME_FILLER);
	if (m->where == MIME_IN_BODY && m->depth == 0)
		release(m, MIME_BODY);
	if (m->where == MIME_IN_BODY)
		end_body(m);
	return true;
}
