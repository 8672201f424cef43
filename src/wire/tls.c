/* SPDX-License-Identifier: ISC */
#include "wire/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "wire/tls_context.h"

/* The system's policy (NORMAL follows it where there is one), from TLS 1.2 on (RFC 8996). */
#define TLS13	   "NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define PRIORITIES TLS13 ":+VERS-TLS1.2"

#define TLS_WORDS_MAX sizeof(((struct stream *)0)->error)

/* What stands between a stream and its descriptor. */
struct tls_layer {
	gnutls_session_t session;
	const char *fingerprints;
	struct pins pins; /* of the peer, where there are fingerprints to compare with */
};

/* What GnuTLS waits for when it says GNUTLS_E_AGAIN. */
static short wanted_events(gnutls_session_t session)
{
	return gnutls_record_get_direction(session) ? POLLOUT : POLLIN;
}

/* From GnuTLS's result of a read or write to that of a stream layer. */
static ssize_t layer_result(
	struct tls_layer *layer, ssize_t n, short *events, char *error, size_t size)
{
	if (n >= 0)
		return n;
	if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED) {
		*events = wanted_events(layer->session);
		return -EAGAIN;
	}
	if (n == GNUTLS_E_PREMATURE_TERMINATION || n == GNUTLS_E_PUSH_ERROR ||
		n == GNUTLS_E_PULL_ERROR) {
		snprintf(error, size, "the connection was cut");
		return -ECONNRESET;
	}
	if (n == GNUTLS_E_FATAL_ALERT_RECEIVED) {
		gnutls_alert_description_t alert = gnutls_alert_get(layer->session);

		/* of a client, and after the handshake: TLS 1.3 */
		snprintf(error, size, "TLS: the peer says: %s%s",
			gnutls_alert_get_name(alert),
			alert == GNUTLS_A_CERTIFICATE_REQUIRED ? "; set tls-client-cert"
							       : "");
	} else
		snprintf(error, size, "TLS: %s", gnutls_strerror((int)n));
	return -EPROTO;
}

static ssize_t layer_read(
	void *layer, void *to, size_t n, short *events, char *error, size_t size)
{
	struct tls_layer *l = layer;
	ssize_t got = gnutls_record_recv(l->session, to, n);

	if (got == GNUTLS_E_REHANDSHAKE) { /* TLS 1.2: declined, the connection goes on */
		*events = POLLIN;
		return -EAGAIN;
	}
	return layer_result(l, got, events, error, size);
}

static ssize_t layer_write(
	void *layer, const void *from, size_t n, short *events, char *error, size_t size)
{
	struct tls_layer *l = layer;

	return layer_result(
		l, gnutls_record_send(l->session, from, n), events, error, size);
}

static void layer_free(struct tls_layer *layer)
{
	gnutls_deinit(layer->session);
	free(layer);
}

static void layer_close(void *layer)
{
	struct tls_layer *l = layer;

	gnutls_bye(l->session, GNUTLS_SHUT_WR); /* the descriptor does not block */
	layer_free(l);
}

static const struct stream_layer tls_ops = {
	.read = layer_read,
	.write = layer_write,
	.close = layer_close,
};

static bool is_literal(const char *host)
{
	unsigned char address[16];

	return inet_pton(AF_INET, host, address) == 1 ||
	       inet_pton(AF_INET6, host, address) == 1;
}

static int words(struct stream *s, int error, const char *text)
{
	s->failed = error;
	text_printable(s->error, sizeof(s->error), text, strlen(text));
	return error;
}

/* Why the peer's certificate was refused, and what there is to do about it. */
static int refused_certificate(
	struct stream *s, gnutls_session_t session, const char *host)
{
	unsigned status = gnutls_session_get_verify_cert_status(session);
	struct pins pins = { 0 };
	char text[TLS_WORDS_MAX];

	pin_of_peer(session, &pins);
	if (status & GNUTLS_CERT_EXPIRED)
		snprintf(text, sizeof(text),
			"the certificate of %s has expired; its owner must renew it, or "
			"this machine's clock is wrong",
			host);
	else if (status & GNUTLS_CERT_NOT_ACTIVATED)
		snprintf(text, sizeof(text),
			"the certificate of %s is not valid yet; is this machine's clock "
			"right?",
			host);
	else if (status & GNUTLS_CERT_REVOKED)
		snprintf(text, sizeof(text), "the certificate of %s has been revoked",
			host);
	else if (status & (GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA))
		snprintf(text, sizeof(text),
			"the certificate of %.60s is signed by an authority that is not "
			"trusted here; if it is your own, set ca-file, or "
			"tls-fingerprint to %s",
			host, pins.certificate);
	else if (status & GNUTLS_CERT_UNEXPECTED_OWNER)
		snprintf(text, sizeof(text),
			"the certificate is not for %s; host must be the name that the "
			"provider gives",
			host);
	else if (status & GNUTLS_CERT_PURPOSE_MISMATCH)
		snprintf(text, sizeof(text), "the certificate of %s is not for a server",
			host);
	else if (status & GNUTLS_CERT_INSECURE_ALGORITHM)
		snprintf(text, sizeof(text),
			"the certificate of %s, or one that vouches for it, has a key or "
			"a signature that is too weak; its owner must get a new one",
			host);
	else
		snprintf(text, sizeof(text),
			"the certificate of %s is not valid (status %#x)", host, status);
	return words(s, -EPROTO, text);
}

static int refused_pin(struct stream *s, const char *host, const struct pins *pins)
{
	char text[TLS_WORDS_MAX];

	snprintf(text, sizeof(text),
		"the certificate of %.60s is not the one of tls-fingerprint; if the "
		"server has a new one, set it to %s",
		host, pins->certificate);
	return words(s, -EPROTO, text);
}

/* HOST is NULL for a server, which has no name to verify. */
static int handshake_failed(
	struct stream *s, gnutls_session_t session, int r, const char *host)
{
	const struct tls_layer *layer = gnutls_session_get_ptr(session);
	int alert =
		r == GNUTLS_E_FATAL_ALERT_RECEIVED ? (int)gnutls_alert_get(session) : -1;
	char text[TLS_WORDS_MAX];

	if (r == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR)
		return refused_certificate(s, session, host);
	if (r == GNUTLS_E_CERTIFICATE_ERROR && layer && *layer->pins.certificate)
		return refused_pin(s, host, &layer->pins);
	if (host && (alert == GNUTLS_A_PROTOCOL_VERSION ||
			    r == GNUTLS_E_UNSUPPORTED_VERSION_PACKET))
		return words(s, -EPROTO,
			"the server speaks no version of TLS that is allowed here; see "
			"tls-min");
	if (r == GNUTLS_E_UNEXPECTED_PACKET_LENGTH || r == GNUTLS_E_UNEXPECTED_PACKET)
		return words(s, -EPROTO,
			host ? "the server does not speak TLS here; is it tls = "
			       "\"starttls\" on this port?"
			     : "the client does not speak TLS here");
	if (r == GNUTLS_E_PREMATURE_TERMINATION || r == GNUTLS_E_PULL_ERROR)
		return words(s, -ECONNRESET,
			"the connection was cut during the TLS handshake");
	if (r == GNUTLS_E_FATAL_ALERT_RECEIVED)
		snprintf(text, sizeof(text), "TLS handshake: the peer says: %s",
			gnutls_alert_get_name(gnutls_alert_get(session)));
	else
		snprintf(text, sizeof(text), "TLS handshake: %s", gnutls_strerror(r));
	return words(s, -EPROTO, text);
}

static int wait_handshake(struct stream *s, gnutls_session_t session)
{
	struct pollfd fd = { .fd = s->in_fd, .events = wanted_events(session) };
	int64_t left = s->deadline_ms - clock_mono_ms();

	if (left <= 0)
		return words(s, -ETIMEDOUT, "timed out during the TLS handshake");
	if (poll(&fd, 1, left > 3600000 ? 3600000 : (int)left) < 0 && errno != EINTR)
		return words(s, -errno, strerror(errno));
	return 0;
}

static int handshake(struct stream *s, gnutls_session_t session, const char *host)
{
	for (;;) {
		int r = gnutls_handshake(session);

		if (r == GNUTLS_E_SUCCESS)
			return 0;
		if (r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED)
			r = wait_handshake(s, session);
		else if (gnutls_error_is_fatal(r))
			r = handshake_failed(s, session, r, host);
		else
			r = 0; /* a warning alert */
		if (r < 0)
			return r;
	}
}

/* A session of either side on S, with the layer that will own it. */
static int layer_new(struct stream *s, struct tls_context *context, unsigned flags,
	struct tls_layer **ret)
{
	struct tls_layer *layer = calloc(1, sizeof(*layer));
	int r;

	if (!layer)
		return words(s, -ENOMEM, "out of memory");
	r = gnutls_init(&layer->session, flags | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
	if (r < 0) {
		free(layer);
		return words(s, -ENOMEM, gnutls_strerror(r));
	}
	r = gnutls_priority_set_direct(
		layer->session, context->tls13 ? TLS13 : PRIORITIES, NULL);
	if (r >= 0)
		r = gnutls_credentials_set(
			layer->session, GNUTLS_CRD_CERTIFICATE, context->credentials);
	/* not only to resume sessions: a client that waits for an ACK gets it with the ticket */
	if (r >= 0 && flags & GNUTLS_SERVER)
		r = gnutls_session_ticket_enable_server(
			layer->session, &context->ticket_key);
	if (r < 0) {
		layer_free(layer);
		return words(s, -EPROTO, gnutls_strerror(r));
	}
	gnutls_session_set_ptr(layer->session, layer);
	gnutls_transport_set_int2(layer->session, s->in_fd, s->out_fd);
	*ret = layer;
	return 0;
}

static int layer_start(struct stream *s, struct tls_layer *layer, const char *host)
{
	int r = handshake(s, layer->session, host);

	if (r < 0)
		layer_free(layer);
	else
		stream_set_layer(s, &tls_ops, layer);
	return r;
}

/* Not 0 for a peer that has none of the fingerprints. */
static int verify_pin(gnutls_session_t session)
{
	struct tls_layer *layer = gnutls_session_get_ptr(session);

	return pin_of_peer(session, &layer->pins) < 0 ||
	       !pin_matches(layer->fingerprints, &layer->pins);
}

int tls_connect(struct stream *s, struct tls_context *context, const char *host)
{
	/* RFC 5280 section 4.2.1.12: a certificate may be for clients, or for something else */
	gnutls_typed_vdata_st wanted[] = {
		{ GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)host, 0 },
		{ GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER,
			0 },
	};
	struct tls_layer *layer;
	int r = layer_new(s, context, GNUTLS_CLIENT, &layer);

	if (r < 0)
		return r;
	if (!is_literal(host)) /* RFC 6066 section 3 */
		gnutls_server_name_set(
			layer->session, GNUTLS_NAME_DNS, host, strlen(host));
	if (*context->fingerprints) {
		layer->fingerprints = context->fingerprints;
		gnutls_session_set_verify_function(layer->session, verify_pin);
	} else {
		gnutls_session_set_verify_cert2(layer->session, wanted, 2, 0);
	}
	return layer_start(s, layer, host);
}

int tls_accept(struct stream *s, struct tls_context *context)
{
	struct tls_layer *layer;
	int r = layer_new(s, context, GNUTLS_SERVER, &layer);

	return r < 0 ? r : layer_start(s, layer, NULL);
}

void tls_describe(const struct stream *s, char *to, size_t size)
{
	const struct tls_layer *layer = s->layer;
	const char *version, *suite;

	if (size)
		*to = '\0';
	if (s->ops != &tls_ops)
		return;
	version = gnutls_protocol_get_name(gnutls_protocol_get_version(layer->session));
	suite = gnutls_ciphersuite_get(layer->session);
	snprintf(to, size, "%s %s", version ? version : "TLS", suite ? suite : "?");
}

const char *tls_channel_binding(const struct stream *s, struct buf *out)
{
	static const struct {
		gnutls_channel_binding_t kind;
		const char *name;
	} kinds[] = {
		{ GNUTLS_CB_TLS_EXPORTER, "tls-exporter" },
		{ GNUTLS_CB_TLS_UNIQUE, "tls-unique" },
		{ GNUTLS_CB_TLS_SERVER_END_POINT, "tls-server-end-point" },
	};
	const struct tls_layer *layer = s->layer;
	gnutls_session_t session = s->ops == &tls_ops ? layer->session : NULL;
	size_t at = 0;

	if (!session)
		return "";
	/* before TLS 1.3, only this extension makes a channel unique (RFC 7627) */
	if (gnutls_protocol_get_version(session) < GNUTLS_TLS1_3)
		at = gnutls_session_ext_master_secret_status(session) ? 1 : 2;
	for (; at < sizeof(kinds) / sizeof(kinds[0]); at++) {
		gnutls_datum_t data = { 0 };

		if (gnutls_session_channel_binding(session, kinds[at].kind, &data) < 0)
			continue;
		buf_add(out, data.data, data.size);
		gnutls_free(data.data);
		return kinds[at].name;
	}
	return "";
}

void tls_peer_pins(const struct stream *s, struct pins *ret)
{
	const struct tls_layer *layer = s->layer;

	*ret = (struct pins){ 0 };
	if (s->ops == &tls_ops)
		pin_of_peer(layer->session, ret);
}

int tls_peer_days_left(const struct stream *s)
{
	const struct tls_layer *layer = s->layer;
	time_t end;

	if (s->ops != &tls_ops)
		return INT_MAX;
	end = gnutls_certificate_expiration_time_peers(layer->session);
	return end == (time_t)-1 ? INT_MAX : (int)((end - time(NULL)) / 86400);
}
