/* SPDX-License-Identifier: ISC */
/*
 * Reads the message from the caller: header section first, whole; then the body, piece by piece,
 * in constant memory. What comes out is in wire form.
 */
#ifndef SENDMAIL_INTAKE_H
#define SENDMAIL_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "mail/wireform.h"

struct intake {
	int fd;
	bool dots_are_data;
	bool ended; /* nothing more comes: end of input, or the lone dot */
	int dot_state;
	struct wireform wire;
	struct buf pending; /* in wire form, not yet handed out */
};

void intake_init(struct intake *in, int fd, bool dots_are_data);

/*
 * Reads up to the end of the header section. *HEADER is the fields (mbox "From " lines skipped),
 * without the empty line behind them. 0; -E2BIG if it is longer than HEADER_MAX; or -errno.
 */
int intake_header(struct intake *in, struct buf *header);

/*
 * The next piece of the body: 1 with a piece in *PIECE, valid until the next call; 0 at the end; or
 * -errno.
 */
int intake_body(struct intake *in, struct buf *piece);

/*
 * Reads and forgets what more there is, so that a caller that goes on writing does not die of
 * SIGPIPE; up to a bound, and not for longer than the caller writes: it may wait for us to end.
 */
void intake_drain(struct intake *in);

void intake_free(struct intake *in);

#endif
