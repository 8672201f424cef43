/* SPDX-License-Identifier: ISC */
/* Fingerprints of a peer's certificate: SHA-256 in hex, "2A:5F:...". */
#ifndef WIRE_PIN_H
#define WIRE_PIN_H

#include <gnutls/gnutls.h>
#include <stdbool.h>

#define PIN_SIZE 96

struct pins {
	char certificate[PIN_SIZE];
	char key[PIN_SIZE]; /* of its SubjectPublicKeyInfo */
};

/* Those of the peer's own certificate. 0 or -EBADMSG. */
int pin_of_peer(gnutls_session_t session, struct pins *ret);

/* True if either is in LIST, which has commas between its items, and in them colons or not. */
bool pin_matches(const char *list, const struct pins *pins);

#endif
