/* SPDX-License-Identifier: ISC */
/*
 * GnuTLS behind a few functions. TLS 1.2 at least; the peer's certificate chain and name are
 * always verified (RFC 8314, RFC 9525), unless it is known by its fingerprint; a failure is told in
 * words that say what to do.
 */
#ifndef WIRE_TLS_H
#define WIRE_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "wire/pin.h"
#include "wire/stream.h"

/* What a side knows for all its connections: trusted authorities, own certificate. */
struct tls_context;

struct tls_client_settings {
	const char *ca_file; /* authorities to trust, in PEM form; "": the system's */
	const char *fingerprints; /* or these in their place, see wire/pin.h; "": none */
	const char *certificate_file; /* our own with its chain, in PEM form; "": none */
	const char *key;	      /* for it, as PEM text */
	bool tls13;		      /* nothing below TLS 1.3 */
};

/* SETTINGS' fingerprints must outlive the context. 0 or -errno and words in ERROR. */
int tls_client_context(const struct tls_client_settings *settings,
	struct tls_context **ret, char *error, size_t error_size);

/* Serves with the PEM certificate chain and key. 0 or -errno and words in ERROR. */
int tls_server_context(const char *certificate_file, const char *key_file,
	struct tls_context **ret, char *error, size_t error_size);

void tls_context_free(struct tls_context *context);

/*
 * Handshake as client on S, which must have no input waiting; HOST is sent as server name and
 * verified. 0, or -EPROTO or another -errno with stream_error() set.
 */
int tls_connect(struct stream *s, struct tls_context *context, const char *host);

/* Handshake as server on S. */
int tls_accept(struct stream *s, struct tls_context *context);

/* Such as "TLS1.3 TLS_AES_256_GCM_SHA384"; "" on a plain stream. */
void tls_describe(const struct stream *s, char *to, size_t size);

/*
 * What SCRAM binds a login to: fills *OUT, and returns the name of the kind, "tls-exporter" (RFC
 * 9266), "tls-unique" or "tls-server-end-point" (RFC 5929); "" if there is none, as on a plain stream.
 */
const char *tls_channel_binding(const struct stream *s, struct buf *out);

/* Of the peer's certificate; empty on a plain stream. */
void tls_peer_pins(const struct stream *s, struct pins *ret);

/* Days until the peer's certificate expires; negative after that; INT_MAX on a plain stream. */
int tls_peer_days_left(const struct stream *s);

#endif
