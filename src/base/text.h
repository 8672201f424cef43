/* SPDX-License-Identifier: ISC */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copies the N bytes at S into TO (SIZE bytes, always terminated), with everything that is not
 * printable ASCII replaced by '?', so that a stranger's bytes can stand in a log line.
 */
void text_printable(char *to, size_t size, const char *s, size_t n);

/* True if the N octets at S are WORD, or start with it, in any case. */
bool text_is(const char *s, size_t n, const char *word);
bool text_starts(const char *s, size_t n, const char *word);

/* True for blanks and line ends: what separates the words of a folded line. */
bool text_is_blank(char c);

/* Octets at the start of the N at S that are such, or with BLANK false, that are not. */
size_t text_span(const char *s, size_t n, bool blank);

/* The next item of a list with commas, which goes on at *AT: *RET_N octets, without the blanks
 * around them. Empty items are left out. NULL at the end. */
const char *text_list_next(const char **at, size_t *ret_n);

/* Overwrites and frees a secret; NULL is fine. */
void text_wipe(char *secret);

#endif
