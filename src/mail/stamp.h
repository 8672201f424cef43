/* SPDX-License-Identifier: ISC */
/* What a message is stamped with when it is handed in. */
#ifndef MAIL_STAMP_H
#define MAIL_STAMP_H

#include <stdint.h>
#include <time.h>

#include "base/buf.h"

/* Appends WHEN in local time as RFC 5322 section 3.3 has it: "Tue, 24 Nov 2026 15:02:01 +0100".
 */
void stamp_date(time_t when, struct buf *out);

/* The same as a whole field NAME. */
void stamp_date_field(const char *name, time_t when, struct buf *out);

/* Appends WHEN in local time as mailq shows it: "Tue Nov 24 15:02:01". */
void stamp_short_date(time_t when, struct buf *out);

/* Appends a fresh "<time.random@HOST>" (RFC 5322 section 3.6.4). */
void stamp_message_id(const char *host, struct buf *out);

#endif
