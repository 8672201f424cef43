/* SPDX-License-Identifier: ISC */
/* The text of an aliases file taken apart; a part of aliases.c. */
#ifndef MAIL_ALIASES_TEXT_H
#define MAIL_ALIASES_TEXT_H

#include <stddef.h>

#include "base/buf.h"
#include "mail/aliases.h"
#include "mail/local.h"

/* The faults of one file, as text. */
struct alias_faults {
	const char *path;
	struct buf *out;
	size_t count; /* of all, told or not */
};

/* Adds "FILE:LINE: TEXT: what; what to do", where TEXT (N octets) is what the fault is about. */
void alias_fault(struct alias_faults *faults, unsigned line, const char *text, size_t n,
	const char *format, ...) __attribute__((format(printf, 5, 6)));

/*
 * Appends the aliases in the N octets at TEXT (changed in place, with a NUL behind) to *RET, in
 * their order there. 0 or -ENOMEM.
 */
int aliases_text_parse(char *text, size_t n, const struct local *local,
	struct aliases *ret, struct alias_faults *faults);

#endif
