/* SPDX-License-Identifier: ISC */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Where in a character a text stands that comes in pieces. Starts zeroed. */
struct utf8 {
	unsigned char left;	 /* octets that the character still needs */
	unsigned char low, high; /* bounds of the next one */
};

/* True if the N octets at S can follow. The text is whole when utf8->left is 0 at its end. */
bool utf8_continues(struct utf8 *utf8, const char *s, size_t n);

/* Octets of the character at the start of the N > 0 at S; 0 if that is not UTF-8. */
size_t utf8_length(const char *s, size_t n);

/* True if the N octets at S are UTF-8. */
bool utf8_valid(const char *s, size_t n);

/* True if there are octets above 127 among the N at S. */
bool utf8_beyond_ascii(const char *s, size_t n);

#endif
