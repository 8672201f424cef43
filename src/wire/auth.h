/* SPDX-License-Identifier: ISC */
/* The client's side of authentication (RFC 4954), as the lines to send. Pure. */
#ifndef WIRE_AUTH_H
#define WIRE_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sasl.h"
#include "wire/scram.h"

/* What there is to log in with. */
struct auth_login {
	enum sasl_mechanism forced; /* SASL_NONE: the best one */
	const char *user;	    /* may be "" for EXTERNAL alone */
	const char *secret;	    /* the password, or the token; EXTERNAL has none */
	bool token;		    /* it is an access token (RFC 6750) */
	const char *host;
	uint16_t port;
	const char *nonce; /* for SCRAM: fresh, printable, without a comma */
	const char *
		binding; /* name of the TLS channel binding, such as "tls-exporter", or "" */
	struct buf binding_data;
};

/* A login in progress. */
struct auth {
	enum sasl_mechanism mechanism;
	const struct auth_login *login;
	struct scram scram;
	unsigned step;
	bool named;	 /* the AUTH command went out */
	bool committed;	 /* something that is made from the secret went out */
	const char *why; /* after a failure: what the server did, for a sentence */
};

#define AUTH_NONCE_SIZE 25

/* Fills in a fresh nonce. 0 or -errno. */
int auth_make_nonce(char ret[AUTH_NONCE_SIZE]);

/* The mechanisms that the login can be made with, a bit for each. */
unsigned auth_usable(const struct auth_login *login);

/* The best one of a set, or SASL_NONE. */
enum sasl_mechanism auth_best(unsigned set);

/* OFFERED are all that the server offers, a bit for each. */
void auth_start(struct auth *auth, const struct auth_login *login,
	enum sasl_mechanism mechanism, unsigned offered);

/*
 * Appends the next line to send, without CRLF: the AUTH command first (CHALLENGE is not used then),
 * then the answer to each challenge, whose base64 text is given. The caller wipes it. 0; -EBADMSG
 * with auth->why for a challenge that is none of this mechanism; -EINVAL for a login that is too
 * long; -ENOMEM.
 */
int auth_next(struct auth *auth, const char *challenge, size_t n, struct buf *out);

/* False while the server, though it says that all is well, has not proven that it is who it is. */
bool auth_is_complete(const struct auth *auth);

void auth_end(struct auth *auth);

/* Makes unreadable what TEXT, a server's words, repeats of the secret, in whatever form it had. */
void auth_hide(const struct auth_login *login, char *text);

#endif
