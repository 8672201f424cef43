/* SPDX-License-Identifier: ISC */
/* Finds the header section of a message that comes in pieces. Pure. */
#ifndef SENDMAIL_SECTION_H
#define SENDMAIL_SECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Moves header lines (in wire form; mbox "From " lines in front are dropped) from *PENDING to
 * *HEADER, and drops the empty line behind them. True when the section is complete and *PENDING
 * starts with the body; false if more has to come to tell. *SEARCHED, 0 at first, is what of
 * *PENDING is known to have no line end, so that a long line in small pieces is not searched anew
 * for each.
 */
bool section_take(struct buf *pending, size_t *searched, struct buf *header);

#endif
