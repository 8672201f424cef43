/* SPDX-License-Identifier: ISC */
/* What a server offers in its answer to EHLO (RFC 5321 section 4.1.1.1). Pure. */
#ifndef WIRE_CAPS_H
#define WIRE_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sasl.h"
#include "wire/reply.h"

struct caps {
	bool starttls;	     /* RFC 3207 */
	bool pipelining;     /* RFC 2920 */
	bool chunking;	     /* RFC 3030 */
	bool size;	     /* RFC 1870 */
	bool eight_bit_mime; /* RFC 6152 */
	bool smtputf8;	     /* RFC 6531 */
	bool dsn;	     /* RFC 3461 */
	bool enhanced_codes; /* RFC 2034 */
	unsigned mechanisms; /* a bit for each enum sasl_mechanism */
	uint64_t size_max;   /* octets of a message; 0: no limit known */
	char auth[256];	     /* all mechanisms offered, for people; "" for none */
};

/* Reads the answer to EHLO. What is not understood is passed over. */
void caps_parse(const struct reply *reply, struct caps *ret);

/* The capabilities for people, "PIPELINING CHUNKING SIZE=35882577 ...", appended to *OUT. */
void caps_describe(const struct caps *caps, struct buf *out);

#endif
