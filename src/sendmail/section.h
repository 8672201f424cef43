/* SPDX-License-Identifier: ISC */
/* Finds the header section of a message that comes in pieces. Pure. */
#ifndef SENDMAIL_SECTION_H
#define SENDMAIL_SECTION_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Moves header lines (in wire form; mbox "From " lines in front are dropped) from *PENDING to
 * *HEADER, and drops the empty line behind them. True when the section is complete and *PENDING
 * starts with the body; false if more has to come to tell.
 */
bool section_take(struct buf *pending, struct buf *header);

#endif
