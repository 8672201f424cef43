/* SPDX-License-Identifier: ISC */
#include "wire/pin.h"

#include <ctype.h>
#include <errno.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define DIGEST 32

static void format(const unsigned char digest[DIGEST], char out[PIN_SIZE])
{
	for (size_t i = 0; i < DIGEST; i++)
		sprintf(out + 3 * i, "%02X%s", digest[i], i + 1 < DIGEST ? ":" : "");
}

static int pin_of(gnutls_x509_crt_t certificate, struct pins *ret)
{
	unsigned char digest[DIGEST];
	size_t size = sizeof(digest);

	if (gnutls_x509_crt_get_fingerprint(
		    certificate, GNUTLS_DIG_SHA256, digest, &size) < 0)
		return -EBADMSG;
	format(digest, ret->certificate);
	size = sizeof(digest);
	if (gnutls_x509_crt_get_key_id(
		    certificate, GNUTLS_KEYID_USE_SHA256, digest, &size) < 0)
		return -EBADMSG;
	format(digest, ret->key);
	return 0;
}

int pin_of_peer(gnutls_session_t session, struct pins *ret)
{
	unsigned count = 0;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
	gnutls_x509_crt_t certificate;
	int r = -EBADMSG;

	if (!chain || count == 0 || gnutls_x509_crt_init(&certificate) < 0)
		return -EBADMSG;
	if (gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER) >= 0)
		r = pin_of(certificate, ret);
	gnutls_x509_crt_deinit(certificate);
	return r;
}

/* Digit by digit, whatever the colons. */
static bool is_same(const char *item, size_t n, const char *pin)
{
	const char *end = item + n;

	for (;;) {
		item += item < end && *item == ':';
		pin += *pin == ':';
		if (item == end || !*pin)
			return item == end && !*pin;
		if (toupper((unsigned char)*item++) != *pin++)
			return false;
	}
}

bool pin_matches(const char *list, const struct pins *pins)
{
	const char *item;
	size_t n;

	while ((item = text_list_next(&list, &n))) {
		if (is_same(item, n, pins->certificate) || is_same(item, n, pins->key))
			return true;
	}
	return false;
}
