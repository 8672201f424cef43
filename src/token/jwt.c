/* SPDX-License-Identifier: ISC */
#include "token/jwt.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"

#define LIFETIME_S 3600 /* at most, says Google */

/* PEM text of a PKCS #8 key, without a password. 0 or a code of GnuTLS. */
static int load_key(const char *pem, gnutls_privkey_t *ret)
{
	gnutls_datum_t datum = { .data = (unsigned char *)pem,
		.size = (unsigned)strlen(pem) };
	gnutls_privkey_t key = NULL;
	int r = gnutls_privkey_init(&key);

	if (r < 0)
		return r;
	r = gnutls_privkey_import_x509_raw(key, &datum, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (r == 0 && gnutls_privkey_get_pk_algorithm(key, NULL) != GNUTLS_PK_RSA)
		r = GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM;
	if (r == 0)
		*ret = key;
	else
		gnutls_privkey_deinit(key);
	return r;
}

/* Appends "." and the signature of what is there (RFC 7515 section 5.1). 0 or a code of GnuTLS. */
static int add_signature(struct buf *out, const char *pem)
{
	gnutls_datum_t data = { (unsigned char *)out->data, (unsigned)out->len };
	gnutls_datum_t signature = { 0 };
	gnutls_privkey_t key = NULL;
	int r = load_key(pem, &key);

	if (r < 0)
		return r;
	r = gnutls_privkey_sign_data2(key, GNUTLS_SIGN_RSA_SHA256, 0, &data, &signature);
	if (r == 0) {
		buf_addc(out, '.');
		base64url_encode(signature.data, signature.size, out);
		gnutls_free(signature.data);
	}
	gnutls_privkey_deinit(key);
	return r;
}

static void add_part(struct buf *out, json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	if (text)
		base64url_encode(text, strlen(text), out);
	else
		out->failed = true;
	free(text);
	json_decref(object);
}

/* The header and the claims. */
static void add_content(
	struct buf *out, const struct conf *conf, const char *issuer, int64_t now_s)
{
	add_part(out, json_pack("{s:s, s:s}", "alg", "RS256", "typ", "JWT"));
	buf_addc(out, '.');
	add_part(out, json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "iss", issuer, "sub",
			      conf->user, "scope", conf->oauth_scope, "aud",
			      conf->oauth_token_url, "iat", (json_int_t)now_s, "exp",
			      (json_int_t)now_s + LIFETIME_S));
}

int jwt_make(const struct conf *conf, const char *key_file, int64_t now_s, char **ret,
	char *error, size_t error_size)
{
	json_t *object = json_loads(key_file, JSON_REJECT_DUPLICATES, NULL);
	const char *issuer = json_string_value(json_object_get(object, "client_email"));
	const char *pem = json_string_value(json_object_get(object, "private_key"));
	struct buf out = { 0 };
	int r = -EINVAL, code;

	if (!issuer || !pem) {
		snprintf(error, error_size,
			"the stored service-account is no key file: it has to be the "
			"JSON file with client_email and private_key");
	} else {
		add_content(&out, conf, issuer, now_s);
		code = buf_failed(&out) ? GNUTLS_E_MEMORY_ERROR
					: add_signature(&out, pem);
		if (code < 0)
			snprintf(error, error_size,
				"the private_key in service-account cannot sign: %s",
				gnutls_strerror(code));
		else
			r = (*ret = buf_steal(&out)) ? 0 : -ENOMEM;
	}
	buf_free(&out);
	json_decref(object);
	return r;
}
