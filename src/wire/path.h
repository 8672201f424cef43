/* SPDX-License-Identifier: ISC */
/* Addresses as they stand in MAIL and RCPT (RFC 5321 section 4.1.2). Pure. */
#ifndef WIRE_PATH_H
#define WIRE_PATH_H

#include <stdbool.h>

#define PATH_LENGTH_MAX 998 /* octets; RFC 5321 section 4.5.3.1.3 wants 256 to be taken */

/*
 * True if ADDRESS may stand between '<' and '>' and cannot be read as anything more: not too long,
 * no control characters, and no blanks or angle brackets outside a quoted string. Says nothing about whether
 * it exists or is well-formed otherwise: that is for the server to tell.
 */
bool path_is_safe(const char *address);

#endif
