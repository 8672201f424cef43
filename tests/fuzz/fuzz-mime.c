/* SPDX-License-Identifier: ISC */
/*
 * Encoding parts anew: nothing is left that SMTP cannot carry unless it says so, and what the parts
 * decode to is the same.
 */
#include <string.h>

#include "fuzz.h"
#include "mail/reencode.h"
#include "mail/wireform.h"

/* What a reader makes of a message: the fields that are not ours to add, and bodies decoded. */
struct reading {
	struct buf text, body;
	bool broken; /* there are escapes that are none */
};

static int hex(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) % 16 : -1;
}

/* RFC 2045 section 6.7; a blank at the end of a line does not count. */
static void decode_qp(struct buf *in, struct reading *to)
{
	const char *s = buf_cstr(in);
	size_t n = in->len;

	for (size_t i = 0; i < n; i++) {
		size_t blanks = strspn(s + i, " \t");

		if (blanks && (i + blanks == n || s[i + blanks] == '\r')) {
			i += blanks - 1;
		} else if (s[i] != '=') {
			buf_addc(&to->text, s[i]);
		} else if (i + 2 < n && s[i + 1] == '\r') {
			i += 2;
		} else if (i + 2 < n && hex(s[i + 1]) >= 0 && hex(s[i + 2]) >= 0) {
			buf_addc(&to->text, (char)(hex(s[i + 1]) << 4 | hex(s[i + 2])));
			i += 2;
		} else {
			to->broken = true;
		}
	}
}

/* RFC 2045 section 6.8: what is no digit is passed over. */
static void decode_base64(struct buf *in, struct reading *to)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, have = 0;

	for (size_t i = 0; i < in->len; i++) {
		const char *digit = in->data[i] ? strchr(digits, in->data[i]) : NULL;

		if (in->data[i] == '=')
			have = 0;
		if (!digit)
			continue;
		bits = bits << 6 | (unsigned)(digit - digits);
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		buf_addc(&to->text, (char)(bits >> have & 0xff));
	}
}

static void end_body(struct reading *r, const struct mime_entity *e)
{
	if (e->encoding == ENCODING_QP && !e->fixed)
		decode_qp(&r->body, r);
	else if (e->encoding == ENCODING_BASE64 && !e->fixed)
		decode_base64(&r->body, r);
	else if (r->body.len)
		buf_add(&r->text, r->body.data, r->body.len);
	buf_adds(&r->text, "\n[end of body]\n");
	buf_clear(&r->body);
}

static bool is_ours(const char *s, size_t n)
{
	static const char *const lines[] = { "MIME-Version: 1.0\r\n",
		"Content-Type: text/plain\r\n" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (n == strlen(lines[i]) && memcmp(s, lines[i], n) == 0)
			return true;
	}
	return false;
}

static void visit(void *context, const struct mime *mime, enum mime_event event,
	const char *s, size_t n)
{
	struct reading *r = context;

	switch (event) {
	case MIME_ENTITY: buf_addf(&r->text, "[entity at %zu]\n", mime->depth); break;
	case MIME_FIELD:
		if (mime->field != MIME_FIELD_ENCODING && !is_ours(s, n))
			buf_add(&r->text, s, n);
		break;
	case MIME_BODY: buf_add(&r->body, s, n); break;
	case MIME_BODY_END: end_body(r, &mime->entity); break;
	default: break;
	}
}

static void read_message(const struct buf *message, struct reading *ret)
{
	struct mime mime;

	*ret = (struct reading){ 0 };
	mime_start(&mime, visit, ret);
	REQUIRE(mime_add(&mime, message->data, message->len));
	REQUIRE(mime_end(&mime));
}

static void check_same(const struct buf *before, const struct buf *after)
{
	struct reading a, b;

	read_message(before, &a);
	read_message(after, &b);
	REQUIRE(a.broken || fuzz_same(&a.text, &b.text));
	buf_free(&a.text);
	buf_free(&a.body);
	buf_free(&b.text);
	buf_free(&b.body);
}

/* A pass in pieces. */
static void pass(
	struct reencode *r, const struct buf *message, size_t piece, struct buf *out)
{
	const char *s = message->data;
	size_t n = message->len;

	for (; n > 0; s += piece, n -= piece) {
		if (piece > n)
			piece = n;
		REQUIRE(reencode_add(r, s, piece, out));
	}
	REQUIRE(reencode_end(r, out));
}

static void check_fits(const struct reencode *plan, bool seven_bit, const struct buf *out)
{
	static struct reencode again;
	struct buf nothing = { 0 };

	REQUIRE(fuzz_is_wire_form(out->data, out->len));
	REQUIRE(plan->kept ||
		fuzz_longest_line(out->data, out->len) <= WIREFORM_LINE_MAX);
	reencode_plan(&again, seven_bit);
	pass(&again, out, out->len, &nothing);
	REQUIRE(!again.needed || plan->count == REENCODE_MAX);
	REQUIRE(!again.kept || plan->kept);
}

/* The first octet: if 8 bits may go out, and the size of the pieces. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct reencode plan;
	struct wireform wire = { 0 };
	struct buf message = { 0 }, out = { 0 }, split = { 0 };
	bool seven_bit = n && data[0] & 1;

	if (n < 2)
		return 0;
	wireform_add(&wire, (const char *)data + 1, n - 1, &message);
	wireform_end(&wire, &message);
	reencode_plan(&plan, seven_bit);
	pass(&plan, &message, message.len, &out);
	REQUIRE(out.len == 0);
	if (plan.needed) {
		reencode_apply(&plan);
		pass(&plan, &message, message.len, &out);
		reencode_apply(&plan);
		pass(&plan, &message, data[0] / 2 + 1, &split);
		REQUIRE(fuzz_same(&out, &split));
		check_fits(&plan, seven_bit, &out);
		check_same(&message, &out);
	} else {
		REQUIRE(plan.kept || !wire.long_lines);
	}
	buf_free(&message);
	buf_free(&out);
	buf_free(&split);
	return 0;
}
