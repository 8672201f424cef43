/* SPDX-License-Identifier: ISC */
/*
 * A message in wire form: every line ends in CRLF, and no CR or LF stands alone (RFC 5321
 * section 2.3.8; a bare one is what SMTP smuggling is made of).
 */
#ifndef MAIL_WIREFORM_H
#define MAIL_WIREFORM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define WIREFORM_LINE_MAX 998 /* octets without CRLF: RFC 5322 section 2.1.1 */

/* What has to be remembered between pieces of input. Starts zeroed. */
struct wireform {
	size_t carriage_returns; /* CRs seen that may belong to a line end */
	size_t line;		 /* octets of the line so far */
	bool eight_bit;		 /* an octet above 127 has been seen */
	bool long_lines;	 /* so has a line of more than WIREFORM_LINE_MAX octets */
};

/*
 * Appends the N bytes at S to *OUT in wire form: LF, CR LF and CR CR LF end a line; any
 * other CR becomes a blank; NUL (RFC 5321 section 4.5.2 forbids it) is left out.
 */
void wireform_add(struct wireform *w, const char *s, size_t n, struct buf *out);

/* At the end of input: ends the last line if it has no line end. */
void wireform_end(struct wireform *w, struct buf *out);

#endif
