/* SPDX-License-Identifier: ISC */
/*
 * The client's side of SCRAM (RFC 5802, RFC 7677): the password never leaves this machine, and the
 * server has to prove that it knows it too. Pure: messages in and out, without base64.
 */
#ifndef WIRE_SCRAM_H
#define WIRE_SCRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define SCRAM_DIGEST_MAX     32
#define SCRAM_ITERATIONS_MAX 1000000 /* about a second of work */

struct scram {
	/* The caller's, set before scram_first(): */
	bool sha256; /* else SHA-1 */
	const char *user;
	const char *password;
	const char *nonce; /* printable, without a comma */
	const char *
		binding; /* such as "tls-exporter"; "y": we could and the server cannot; "n" */
	const struct buf *binding_data; /* for a binding by name */
	/* Its own: */
	struct buf gs2;	       /* the header, and the binding data behind it */
	struct buf transcript; /* the AuthMessage, as far as it goes */
	unsigned char server_signature[SCRAM_DIGEST_MAX];
	bool verified; /* the server has proven that it knows the password */
};

/* Appends the client-first-message. 0 or -ENOMEM. */
int scram_first(struct scram *scram, struct buf *out);

/*
 * Appends the client-final-message, which answers the server-first-message. 0; -EBADMSG with words
 * in *WHY, which may change in any case, for a message that is not in order; -ENOMEM.
 */
int scram_final(struct scram *scram, const char *message, size_t n, struct buf *out,
	const char **why);

/* Judges the server-final-message. 0 and scram->verified; -EBADMSG with words in *WHY. */
int scram_verify(struct scram *scram, const char *message, size_t n, const char **why);

void scram_clear(struct scram *scram);

/* Appends a user name as a GS2 header has it (RFC 5801 section 4): without a comma or an equals
 * sign. */
void scram_add_name(struct buf *out, const char *name);

#endif
