/* SPDX-License-Identifier: ISC */
/* A message on its way out, checked and cut into lines. Pure. */
#ifndef WIRE_LINES_H
#define WIRE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What has to be remembered between pieces. Starts zeroed. */
struct lines {
	bool in_line;  /* the last piece did not end a line */
	bool after_cr; /* and its last octet was a CR */
};

/*
 * Octets of the next piece, at the start of the N > 0 at S: up to the end of the line, or all of
 * them. *RET_DOT tells that the piece starts a line with a dot (RFC 5321 section 4.5.2). -EINVAL if
 * it holds a CR or LF that is not part of a CRLF (RFC 5321 section 2.3.8: a bare one may end the
 * message for one server and not for the next).
 */
ssize_t lines_next(struct lines *lines, const char *s, size_t n, bool *ret_dot);

#endif
