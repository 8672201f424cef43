/* SPDX-License-Identifier: ISC */
/* The inside of a TLS context, for wire/tls.c alone. */
#ifndef WIRE_TLS_CONTEXT_H
#define WIRE_TLS_CONTEXT_H

#include <gnutls/gnutls.h>
#include <stdbool.h>

struct tls_context {
	gnutls_certificate_credentials_t credentials;
	const char *fingerprints; /* of a server; "" or NULL: none */
	bool tls13;
	gnutls_datum_t ticket_key; /* of a server */
};

#endif
