/* SPDX-License-Identifier: ISC */
#include "mail/wireform.h"

#include <stdint.h>
#include <string.h>

/* CRs that turned out not to stand before a line end. */
static void flush_carriage_returns(struct wireform *w, struct buf *out)
{
	for (; w->carriage_returns; w->carriage_returns--, w->line++)
		buf_addc(out, ' ');
}

static void end_line(struct wireform *w, struct buf *out)
{
	w->carriage_returns = 0;
	w->line = 0;
	buf_add(out, "\r\n", 2);
}

#define EACH(octet) (UINT64_MAX / 255 * (octet))

/* True if one of these eight octets is below 14, as CR, LF and NUL are. */
static bool may_need_care(uint64_t eight)
{
	return (eight - EACH(14)) & ~eight & EACH(0x80);
}

/*
 * Length of the run at S without a byte that needs care; notes octets above 127 on the way. Eight at a
 * time, since this is most of what a large message costs its submitter.
 */
static size_t plain_run(struct wireform *w, const char *s, size_t n)
{
	uint64_t high = 0, eight;
	size_t i;

	for (i = 0; n - i >= sizeof(eight); i += sizeof(eight)) {
		memcpy(&eight, s + i, sizeof(eight));
		if (may_need_care(eight))
			break;
		high |= eight;
	}
	for (; i < n && s[i] != '\n' && s[i] != '\r' && s[i] != '\0'; i++)
		high |= (unsigned char)s[i];
	w->eight_bit |= (high & EACH(0x80)) != 0;
	return i;
}

void wireform_add(struct wireform *w, const char *s, size_t n, struct buf *out)
{
	while (n > 0) {
		size_t run = plain_run(w, s, n);

		if (run) {
			flush_carriage_returns(w, out);
			buf_add(out, s, run);
			w->line += run;
			w->long_lines |= w->line > WIREFORM_LINE_MAX;
			s += run;
			n -= run;
			continue;
		}
		if (*s == '\n')
			end_line(w, out);
		else if (*s == '\r')
			w->carriage_returns++;
		s++;
		n--;
	}
}

void wireform_end(struct wireform *w, struct buf *out)
{
	if (w->line || w->carriage_returns)
		end_line(w, out);
}
