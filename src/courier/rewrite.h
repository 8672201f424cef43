/* SPDX-License-Identifier: ISC */
/* The header section as it goes to the provider. Pure: bytes in, bytes out. */
#ifndef COURIER_REWRITE_H
#define COURIER_REWRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "mail/job.h"

/*
 * Octets of the header section at the start of the N at S, without the empty line behind it. False
 * if it may go on beyond N; never when WHOLE says that the message has no more octets.
 */
bool rewrite_section(const char *s, size_t n, bool whole, size_t *ret);

/*
 * Appends to *OUT (check buf_failed()) the section of N octets in wire form, with a trace field on
 * top (RFC 5321 section 4.4) in the name of HOST.
 *
 * Addresses without a domain get HOST as theirs, since many providers refuse a message with such.
 *
 * Unless FROM is "" it becomes the address in From: many providers let nobody send as somebody
 * else. The display name stays; the field that was there is kept as X-Original-From; answers go
 * where they would have gone (Reply-To); Sender, which would be another's address, is taken out.
 */
void rewrite_header(const struct job *job, const char *host, const char *from,
	const char *section, size_t n, struct buf *out);

#endif
