/* SPDX-License-Identifier: ISC */
/* The header section of a message, field by field (RFC 5322 section 2.2). */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#define HEADER_MAX	(8u << 20) /* octets of a header section */
#define HEADER_HOPS_MAX 100 /* hosts, before it goes in circles: RFC 5321 section 6.3 */
#define HEADER_NAME_MAX 256 /* a longer run before a colon is no field name */

enum header_line {
	HEADER_LINE_FIELD,	  /* starts a field */
	HEADER_LINE_CONTINUATION, /* starts with a blank: belongs to the field before */
	HEADER_LINE_EMPTY,	  /* ends the section */
	HEADER_LINE_BODY, /* is no header line: the body starts here without a blank line */
	HEADER_LINE_UNKNOWN, /* cannot be told before more of the line is seen */
};

/* What a line is, by its first N octets (no line end among them); WHOLE if there are no more. */
enum header_line header_line_kind(const char *line, size_t n, bool whole);

/* A field as it stands in the section, folded lines and final CRLF included. */
struct header_field {
	const char *start;
	size_t len;
	size_t name_len;   /* the name is the first octets of start */
	const char *value; /* what follows the colon, CRLF excluded */
	size_t value_len;
};

/*
 * The field at *AT within the N octets of SECTION, which hold whole lines in wire form; *AT moves
 * behind it. False at the end of the section (an empty line, a line that is no field, or N).
 */
bool header_next(const char *section, size_t n, size_t *at, struct header_field *ret);

/* True if the field has this name, without regard to case. */
bool header_is(const struct header_field *field, const char *name);

/* Octets of the longest line of the field, without its CRLF. */
size_t header_longest_line(const struct header_field *field);

#endif
