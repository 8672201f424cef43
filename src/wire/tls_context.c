/* SPDX-License-Identifier: ISC */
#include "wire/tls_context.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "wire/tls.h"

static int context_new(struct tls_context **ret, char *error, size_t error_size)
{
	struct tls_context *context = calloc(1, sizeof(*context));
	int r;

	if (!context)
		return -ENOMEM;
	r = gnutls_certificate_allocate_credentials(&context->credentials);
	if (r < 0) {
		snprintf(error, error_size, "TLS: %s", gnutls_strerror(r));
		free(context);
		return -ENOMEM;
	}
	*ret = context;
	return 0;
}

static int trust(
	struct tls_context *context, const char *ca_file, char *error, size_t size)
{
	int n = *ca_file ? gnutls_certificate_set_x509_trust_file(
				   context->credentials, ca_file, GNUTLS_X509_FMT_PEM)
			 : gnutls_certificate_set_x509_system_trust(context->credentials);

	if (n > 0)
		return 0;
	if (*ca_file)
		snprintf(error, size,
			"no certificate authority could be read from %s (%s); ca-file "
			"must name a PEM file that everybody may read",
			ca_file, n < 0 ? gnutls_strerror(n) : "it has none");
	else
		snprintf(error, size,
			"this system has no certificate authorities; install "
			"ca-certificates, or set ca-file");
	return -ENOENT;
}

/* Our own certificate, for a server that asks for it. */
static int show(struct tls_context *context, const struct tls_client_settings *settings,
	char *error, size_t size)
{
	gnutls_datum_t certificate = { 0 };
	const gnutls_datum_t key = { (unsigned char *)settings->key,
		(unsigned)strlen(settings->key) };
	int r = gnutls_load_file(settings->certificate_file, &certificate);

	if (r >= 0)
		r = gnutls_certificate_set_x509_key_mem(
			context->credentials, &certificate, &key, GNUTLS_X509_FMT_PEM);
	gnutls_free(certificate.data);
	if (r >= 0)
		return 0;
	snprintf(error, size,
		"cannot use the certificate %s with its key: %s; both have to be in PEM "
		"form, "
		"the key without a passphrase",
		settings->certificate_file, gnutls_strerror(r));
	return -EINVAL;
}

static void context_free_p(struct tls_context **context)
{
	tls_context_free(*context);
}

int tls_client_context(const struct tls_client_settings *settings,
	struct tls_context **ret, char *error, size_t error_size)
{
	CLEANUP(context_free_p) struct tls_context *context = NULL;
	int r = context_new(&context, error, error_size);

	if (r < 0)
		return r;
	context->fingerprints = settings->fingerprints;
	context->tls13 = settings->tls13;
	if (!*settings->fingerprints)
		r = trust(context, settings->ca_file, error, error_size);
	if (r == 0 && *settings->certificate_file)
		r = show(context, settings, error, error_size);
	if (r == 0)
		*ret = steal_pointer(&context);
	return r;
}

int tls_server_context(const char *certificate_file, const char *key_file,
	struct tls_context **ret, char *error, size_t error_size)
{
	CLEANUP(context_free_p) struct tls_context *context = NULL;
	int r = context_new(&context, error, error_size);

	if (r < 0)
		return r;
	r = gnutls_certificate_set_x509_key_file(
		context->credentials, certificate_file, key_file, GNUTLS_X509_FMT_PEM);
	if (r < 0) {
		snprintf(error, error_size,
			"cannot use the certificate %s with the key %s: %s",
			certificate_file, key_file, gnutls_strerror(r));
		return -EINVAL;
	}
	r = gnutls_session_ticket_key_generate(&context->ticket_key);
	if (r < 0) {
		snprintf(error, error_size, "TLS: %s", gnutls_strerror(r));
		return -EIO;
	}
	*ret = steal_pointer(&context);
	return 0;
}

void tls_context_free(struct tls_context *context)
{
	if (!context)
		return;
	gnutls_certificate_free_credentials(context->credentials);
	if (context->ticket_key.data)
		gnutls_memset(context->ticket_key.data, 0, context->ticket_key.size);
	gnutls_free(context->ticket_key.data);
	free(context);
}
