/* SPDX-License-Identifier: ISC */
#include "mail/encode.h"

#include "base/base64.h"

#define WIDTH 76 /* RFC 2045 sections 6.7 and 6.8 */

static void soft_break(struct encoder *e, const char *mark, struct buf *out)
{
	buf_adds(out, mark);
	e->column = 0;
	e->broken = true;
}

static void add_hex(char c, struct buf *out)
{
	static const char digits[] = "0123456789ABCDEF";

	buf_addc(out, '=');
	buf_addc(out, digits[(unsigned char)c >> 4]);
	buf_addc(out, digits[(unsigned char)c & 15]);
}

/*
 * One octet of the text, escaped if it has to be. A '-' that we make the first of a line is: the
 * rest of that line might read like the boundary of a multipart around.
 */
static void add_qp(struct encoder *e, char c, bool escape, struct buf *out)
{
	if (e->column + (escape ? 3 : 1) >= WIDTH)
		soft_break(e, "=\r\n", out);
	escape |= c == '-' && e->column == 0 && e->broken;
	if (escape)
		add_hex(c, out);
	else
		buf_addc(out, c);
	e->column += escape ? 3 : 1;
}

static void end_line(struct encoder *e, struct buf *out)
{
	buf_adds(out, "\r\n");
	e->column = 0;
	e->broken = false;
}

/* A blank may stand as it is, but not at the end of a line: it waits for the next octet. */
static void release_blank(struct encoder *e, bool line_ends, struct buf *out)
{
	if (e->holds)
		add_qp(e, e->held[0], line_ends, out);
	e->holds = 0;
}

static void encode_qp(struct encoder *e, char c, struct buf *out)
{
	if (c == '\r')
		return; /* always before an LF */
	release_blank(e, c == '\n', out);
	if (c == '\n')
		end_line(e, out);
	else if (c == ' ' || c == '\t')
		e->held[e->holds++] = c;
	else
		add_qp(e, c, c < ' ' || c > '~' || c == '=', out);
}

static void release_base64(struct encoder *e, struct buf *out)
{
	if (e->column == WIDTH)
		soft_break(e, "\r\n", out);
	base64_encode(e->held, e->holds, out);
	e->column += 4;
	e->holds = 0;
}

static void encode_base64(struct encoder *e, char c, struct buf *out)
{
	e->held[e->holds++] = c;
	if (e->holds == 3)
		release_base64(e, out);
}

/*
 * An escape stays in one line; and so does what only begins like one, in text that is not encoded
 * although it says so, since decoders let that pass.
 */
static void release_escape(struct encoder *e, bool line_ends, struct buf *out)
{
	if (e->column + e->holds > (line_ends ? WIDTH : WIDTH - 1))
		soft_break(e, "=\r\n", out);
	buf_add(out, e->held, e->holds);
	e->column += e->holds;
	e->holds = 0;
}

static void fold_qp(struct encoder *e, char c, struct buf *out)
{
	if (c == '\r')
		return;
	if (c == '\n' || (c == '=' && e->holds == 2))
		release_escape(e, c == '\n', out);
	if (c == '\n') {
		end_line(e, out);
	} else if (e->holds == 0 && c != '=') {
		add_qp(e, c, (unsigned char)c > 127, out);
	} else {
		e->held[e->holds++] = c;
		if (e->holds == 3 || (e->holds == 2 && c == '='))
			release_escape(e, false, out);
	}
}

/* Other octets do not count in base64: those above 127 go, and '-', with which a line that begins
 * somewhere else now might read like a boundary. */
static void fold_base64(struct encoder *e, char c, struct buf *out)
{
	if (c == '-' || (unsigned char)c > 127)
		return;
	if (e->column >= WIDTH && c != '\r' && c != '\n')
		soft_break(e, "\r\n", out);
	buf_addc(out, c);
	e->column = c == '\n' ? 0 : e->column + 1;
}

void encode_add(struct encoder *e, const char *s, size_t n, struct buf *out)
{
	static void (*const encode[])(struct encoder *, char, struct buf *) = {
		[ENCODE_QP] = encode_qp,
		[ENCODE_BASE64] = encode_base64,
		[ENCODE_FOLD_QP] = fold_qp,
		[ENCODE_FOLD_BASE64] = fold_base64,
	};

	if (e->as == ENCODE_NOTHING)
		buf_add(out, s, n);
	for (size_t i = 0; i < n && e->as != ENCODE_NOTHING; i++)
		encode[e->as](e, s[i], out);
}

void encode_end(struct encoder *e, struct buf *out)
{
	if (e->as == ENCODE_QP)
		release_blank(e, true, out);
	else if (e->as == ENCODE_BASE64 && e->holds)
		release_base64(e, out);
	else if (e->as == ENCODE_FOLD_QP)
		release_escape(e, true, out);
}
