/* SPDX-License-Identifier: ISC */
/* The client's side of authentication (RFC 4954), as the lines to send. Pure. */
#ifndef WIRE_AUTH_H
#define WIRE_AUTH_H

#include "base/buf.h"
#include "wire/caps.h"

enum auth_mechanism {
	AUTH_NONE,
	AUTH_PLAIN, /* RFC 4616, in one step */
	AUTH_LOGIN, /* draft-murchison-sasl-login: name and password, asked for one by one */
};

struct auth {
	enum auth_mechanism mechanism;
	const char *user;
	const char *password;
	unsigned step;
};

/* The best mechanism that is offered and known, or AUTH_NONE. */
enum auth_mechanism auth_choose(const struct caps *caps);

const char *auth_name(enum auth_mechanism mechanism);

/*
 * Appends the next line to send, without CRLF: the AUTH command first, then an answer for each
 * challenge. The caller wipes it. 0; -EPROTO when the mechanism has nothing more to say; -EINVAL
 * for a name and password that are too long; -ENOMEM.
 */
int auth_next(struct auth *auth, struct buf *out);

/* Makes unreadable what TEXT, a server's words, repeats of the password, in whatever form it had. */
void auth_hide(const struct auth *auth, char *text);

/* Overwrites what the buffer holds or held, and frees it. */
void auth_wipe(struct buf *secret);

#endif
