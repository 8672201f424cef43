/* SPDX-License-Identifier: ISC */
#include "mail/reencode.h"

#include <string.h>

static const char *const reasons[] = {
	[MIME_SIGNED] = "it is signed or encrypted",
	[MIME_REPORT] = "it is of a type message/ that must not be encoded",
	[MIME_ENCODED] = "its Content-Transfer-Encoding is unknown",
	[MIME_UNCLEAR] = "its Content-Type cannot be made out",
	[MIME_TOO_DEEP] = "it is within too many multiparts",
};

static void keep(struct reencode *r, const char *why)
{
	if (!r->kept)
		r->kept = why;
}

static void add_step(struct reencode *r, enum encode as)
{
	if (r->count == REENCODE_MAX) {
		keep(r, "too many parts of the message would have to be");
		return;
	}
	r->steps[r->count++] = (struct reencode_step){ r->entity, as };
	r->needed = true;
}

static void look_at(struct reencode *r, const char *s, size_t n)
{
	r->seen.octets += n;
	r->seen.long_line |= r->mime.continued;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		r->seen.eight_bit |= c > 127;
		r->seen.escapes +=
			c > '~' || c == '=' || (c < ' ' && !strchr("\t\r\n", c));
	}
}

/* Quoted-printable where people can still read it, and it is the shorter one. */
static enum encode choose(const struct reencode *r, const struct mime_entity *entity)
{
	if (entity->encoding == ENCODING_QP)
		return ENCODE_FOLD_QP;
	if (entity->encoding == ENCODING_BASE64)
		return ENCODE_FOLD_BASE64;
	return entity->type.kind == CONTENT_TEXT && r->seen.escapes <= r->seen.octets / 6
		       ? ENCODE_QP
		       : ENCODE_BASE64;
}

static void judge(struct reencode *r, const struct mime_entity *entity)
{
	if (!r->seen.long_line && !(r->seen.eight_bit && r->seven_bit))
		return;
	if (entity->fixed)
		keep(r, reasons[entity->fixed]);
	else
		add_step(r, choose(r, entity));
}

static void plan(void *context, const struct mime *mime, enum mime_event event,
	const char *s, size_t n)
{
	struct reencode *r = context;

	switch (event) {
	case MIME_ENTITY:
		r->entity++;
		memset(&r->seen, 0, sizeof(r->seen));
		break;
	case MIME_FIELD:
		if (mime->continued)
			keep(r, "it is a header field");
		break;
	case MIME_HEADER_END:
		/* around others, an encoding is only a claim about what is inside */
		if (r->seven_bit && mime->entity.body != MIME_LEAF &&
			mime->entity.encoding == ENCODING_8BIT)
			add_step(r, ENCODE_NOTHING);
		break;
	case MIME_BODY: look_at(r, s, n); break;
	case MIME_BODY_END: judge(r, &mime->entity); break;
	case MIME_FILLER: r->needed |= mime->continued; break;
	}
}

static void start_step(struct reencode *r)
{
	const struct reencode_step *next = &r->steps[r->step.at];
	bool now;

	r->entity++;
	now = r->step.at < r->count && next->entity == r->entity;
	r->step.encoder = (struct encoder){ .as = now ? next->as : ENCODE_NOTHING };
	r->step.changes_header =
		now && next->as != ENCODE_FOLD_QP && next->as != ENCODE_FOLD_BASE64;
	r->step.at += now;
}

/* What the header has to say of its body, and perhaps that it is one of MIME at all. */
static void add_fields(struct reencode *r, const struct mime_entity *entity)
{
	if (r->step.encoder.as == ENCODE_NOTHING)
		return;
	if (entity->is_message && !entity->has_version)
		buf_adds(r->out, "MIME-Version: 1.0\r\n");
	if (entity->is_message && !entity->has_type)
		buf_adds(r->out, "Content-Type: text/plain\r\n");
	buf_addf(r->out, "Content-Transfer-Encoding: %s\r\n",
		r->step.encoder.as == ENCODE_QP ? "quoted-printable" : "base64");
}

/*
 * Text between the parts, which nobody sees, is folded as it comes: a blank after each line end, so
 * that no boundary comes of it, and one more in the middle, so that the blank does not make the
 * line too long.
 */
static void add_filler(struct reencode *r, bool continued, const char *s, size_t n)
{
	size_t half = continued ? n / 2 : 0;

	if (continued)
		buf_adds(r->out, "\r\n ");
	buf_add(r->out, s, half);
	if (half)
		buf_adds(r->out, "\r\n ");
	buf_add(r->out, s + half, n - half);
}

static void apply(void *context, const struct mime *mime, enum mime_event event,
	const char *s, size_t n)
{
	struct reencode *r = context;
	struct encoder *encoder = &r->step.encoder;

	switch (event) {
	case MIME_ENTITY: start_step(r); break;
	case MIME_FIELD:
		if (!r->step.changes_header || mime->field != MIME_FIELD_ENCODING)
			buf_add(r->out, s, n);
		break;
	case MIME_HEADER_END:
		if (r->step.changes_header)
			add_fields(r, &mime->entity);
		/* what follows might be read as one with this header */
		if (r->step.changes_header || encoder->as != ENCODE_NOTHING ||
			mime->entity.body == MIME_MESSAGE)
			n = 2;
		buf_add(r->out, "\r\n", n);
		break;
	case MIME_BODY: encode_add(encoder, s, n, r->out); break;
	case MIME_BODY_END:
		encode_end(encoder, r->out);
		if (n == 0 && encoder->as == ENCODE_BASE64) /* the message ends */
			buf_adds(r->out, "\r\n");
		buf_add(r->out, s, n);
		break;
	case MIME_FILLER: add_filler(r, mime->continued, s, n); break;
	}
}

void reencode_plan(struct reencode *r, bool seven_bit)
{
	r->seven_bit = seven_bit;
	r->needed = false;
	r->kept = NULL;
	r->count = r->entity = 0;
	mime_start(&r->mime, plan, r);
}

void reencode_apply(struct reencode *r)
{
	memset(&r->step, 0, sizeof(r->step));
	r->entity = 0;
	mime_start(&r->mime, apply, r);
}

bool reencode_add(struct reencode *r, const char *s, size_t n, struct buf *out)
{
	r->out = out;
	return mime_add(&r->mime, s, n);
}

bool reencode_end(struct reencode *r, struct buf *out)
{
	r->out = out;
	return mime_end(&r->mime) && (r->mime.visit == plan || r->step.at == r->count);
}
