/* SPDX-License-Identifier: ISC */
/*
 * The structure of a message in wire form (RFC 2045, RFC 2046), told in events as it streams by:
 * pure, one pass, constant memory. All octets of the input, in their order, are in some event.
 *
 * A body that may not be changed is told as one leaf with the reason in entity.fixed, whatever is
 * in it. A multipart inside base64 or quoted-printable is looked into as if it were not (RFC 2045
 * section 6.4 forbids it; who does it writes the name without the encoding).
 */
#ifndef MAIL_MIME_H
#define MAIL_MIME_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/content.h"
#include "mail/wireform.h"

#define MIME_FIELD_MAX 4096 /* octets of a field that is read, without its name */
#define MIME_DEPTH_MAX 32   /* multiparts within each other */

enum mime_event {
	MIME_ENTITY,	 /* an entity starts: no octets */
	MIME_FIELD,	 /* a line of its header, with CRLF; or a piece of a long one */
	MIME_HEADER_END, /* the empty line behind the header; no octets if it is missing */
	MIME_BODY,	 /* of a leaf: text, or a CRLF by itself */
	MIME_BODY_END, /* of a leaf: the CRLF before a boundary line; no octets at the end */
	MIME_FILLER, /* boundary lines, and what is outside of the parts */
};

enum mime_field {
	MIME_FIELD_OTHER,
	MIME_FIELD_TYPE,
	MIME_FIELD_ENCODING,
};

/* Why a body may not be changed. */
enum mime_fixed {
	MIME_FREE,
	MIME_SIGNED,   /* by DKIM, or it is a multipart/signed or encrypted */
	MIME_REPORT,   /* RFC 2046 section 5.2: message/partial and the like */
	MIME_ENCODED,  /* in an encoding that we do not know */
	MIME_UNCLEAR,  /* its Content-Type is too long, or has no boundary */
	MIME_TOO_DEEP, /* within more than MIME_DEPTH_MAX others */
};

enum mime_body {
	MIME_LEAF,
	MIME_MULTIPART, /* entities, with boundary lines around them */
	MIME_MESSAGE,	/* one entity */
};

struct mime_entity {
	bool is_message; /* its header is that of a message, not of a part */
	bool is_signed;	 /* by a field of that header */
	bool has_version, has_type, has_encoding;
	struct content_type type;
	enum content_encoding encoding;
	enum mime_fixed fixed; /* this and the next are known from MIME_HEADER_END on */
	enum mime_body body;
};

struct mime_level {
	struct content_type type;
	bool closed; /* its last boundary line was seen */
};

struct mime;
typedef void (*mime_visit)(void *context, const struct mime *mime, enum mime_event event,
	const char *s, size_t n);

struct mime {
	mime_visit visit;
	void *context;
	struct mime_entity entity; /* the one that is being read */
	enum mime_field field;	   /* in MIME_FIELD: which */
	bool continued;		   /* the octets belong to a line that started earlier */

	enum { MIME_IN_HEADER, MIME_IN_BODY, MIME_OUTSIDE } where;
	bool held;	/* a CRLF that belongs to the body, or to a boundary line */
	bool malformed; /* not in wire form */
	char value[MIME_FIELD_MAX];
	size_t value_len; /* more than MIME_FIELD_MAX: too long */
	struct mime_level levels[MIME_DEPTH_MAX];
	size_t depth;
	char line[WIREFORM_LINE_MAX + 2];
	size_t line_len;
};

void mime_start(struct mime *m, mime_visit visit, void *context);

/* Reads on. False if the message is not in wire form, which it must be. */
bool mime_add(struct mime *m, const char *s, size_t n);
bool mime_end(struct mime *m);

#endif
