/* SPDX-License-Identifier: ISC */
#include "wire/scram.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/num.h"

/* A part of a message, "x=value", without its first two octets. */
struct part {
	const char *at;
	size_t n;
};

static gnutls_mac_algorithm_t mac(const struct scram *s)
{
	return s->sha256 ? GNUTLS_MAC_SHA256 : GNUTLS_MAC_SHA1;
}

static size_t digest_size(const struct scram *s)
{
	return gnutls_hmac_get_len(mac(s));
}

void scram_add_name(struct buf *out, const char *name)
{
	for (; *name; name++) {
		if (*name == ',')
			buf_adds(out, "=2C");
		else if (*name == '=')
			buf_adds(out, "=3D");
		else
			buf_addc(out, *name);
	}
}

int scram_first(struct scram *s, struct buf *out)
{
	bool bound = s->binding[1] != '\0';

	scram_clear(s);
	buf_addf(&s->gs2, "%s%s,,", bound ? "p=" : "", s->binding);
	buf_add(out, s->gs2.data, s->gs2.len);
	if (bound)
		buf_add(&s->gs2, s->binding_data->data, s->binding_data->len);
	buf_adds(&s->transcript, "n=");
	scram_add_name(&s->transcript, s->user);
	buf_addf(&s->transcript, ",r=%s", s->nonce);
	buf_add(out, s->transcript.data, s->transcript.len);
	return buf_failed(&s->gs2) || buf_failed(&s->transcript) || buf_failed(out)
		       ? -ENOMEM
		       : 0;
}

/* Takes the part called NAME, which has to be the next one. */
static bool take_part(const char **at, const char *end, char name, struct part *ret)
{
	const char *comma;

	if (end - *at < 2 || (*at)[0] != name || (*at)[1] != '=')
		return false;
	comma = memchr(*at, ',', (size_t)(end - *at));
	ret->at = *at + 2;
	ret->n = (size_t)((comma ? comma : end) - ret->at);
	*at = comma ? comma + 1 : end;
	return true;
}

/* What a server-first-message says: "r=NONCE,s=SALT,i=COUNT" and perhaps more. */
struct challenge {
	struct part nonce;
	struct buf salt;
	unsigned iterations;
};

static int parse_challenge(const struct scram *s, const char *message, size_t n,
	struct challenge *ret, const char **why)
{
	const char *at = n ? message : "", *end = at + n;
	size_t ours = strlen(s->nonce);
	struct part salt, count;
	uint64_t iterations;

	*why = "the server's SCRAM challenge is not in order";
	if (!take_part(&at, end, 'r', &ret->nonce) || !take_part(&at, end, 's', &salt) ||
		!take_part(&at, end, 'i', &count))
		return -EBADMSG;
	if (ret->nonce.n <= ours || memcmp(ret->nonce.at, s->nonce, ours) != 0) {
		*why = "the server's SCRAM challenge does not go with what was sent";
		return -EBADMSG;
	}
	if (base64_decode(salt.at, salt.n, &ret->salt) < 0 || ret->salt.len == 0 ||
		num_parse(count.at, count.n, UINT64_MAX, &iterations) < 0 ||
		iterations == 0)
		return -EBADMSG;
	if (iterations > SCRAM_ITERATIONS_MAX) {
		*why = "the server wants more SCRAM iterations than are sane";
		return -EBADMSG;
	}
	ret->iterations = (unsigned)iterations;
	return 0;
}

/* Hi(): RFC 5802 section 2.2. What is not ASCII is normalised as RFC 8265 has it, if it can be. */
static int salted_password(
	const struct scram *s, const struct challenge *challenge, unsigned char *ret)
{
	gnutls_datum_t normal = { 0 };
	gnutls_datum_t key = { (unsigned char *)s->password,
		(unsigned)strlen(s->password) };
	const gnutls_datum_t salt = { (unsigned char *)challenge->salt.data,
		(unsigned)challenge->salt.len };
	int r;

	if (gnutls_utf8_password_normalize(key.data, key.size, &normal, 0) >= 0)
		key = normal;
	r = gnutls_pbkdf2(
		mac(s), &key, &salt, challenge->iterations, ret, digest_size(s));
	if (normal.data)
		explicit_bzero(normal.data, normal.size);
	gnutls_free(normal.data);
	return r;
}

static int hmac(const struct scram *s, const unsigned char *key, const void *text,
	size_t n, unsigned char *ret)
{
	return gnutls_hmac_fast(mac(s), key, digest_size(s), text, n, ret);
}

/* The client's proof, and what the server's signature has to be: RFC 5802 section 3. */
static int compute(struct scram *s, const struct challenge *challenge,
	unsigned char proof[SCRAM_DIGEST_MAX])
{
	unsigned char salted[SCRAM_DIGEST_MAX], client[SCRAM_DIGEST_MAX],
		server[SCRAM_DIGEST_MAX], stored[SCRAM_DIGEST_MAX];
	gnutls_digest_algorithm_t hash = s->sha256 ? GNUTLS_DIG_SHA256 : GNUTLS_DIG_SHA1;
	const struct buf *t = &s->transcript;
	bool ok = salted_password(s, challenge, salted) >= 0 &&
		  hmac(s, salted, "Client Key", 10, client) >= 0 &&
		  hmac(s, salted, "Server Key", 10, server) >= 0 &&
		  gnutls_hash_fast(hash, client, digest_size(s), stored) >= 0 &&
		  hmac(s, stored, t->data, t->len, proof) >= 0 &&
		  hmac(s, server, t->data, t->len, s->server_signature) >= 0;

	for (size_t i = 0; ok && i < digest_size(s); i++)
		proof[i] ^= client[i];
	explicit_bzero(salted, sizeof(salted));
	explicit_bzero(client, sizeof(client));
	explicit_bzero(server, sizeof(server));
	explicit_bzero(stored, sizeof(stored));
	return ok ? 0 : -ENOMEM;
}

int scram_final(
	struct scram *s, const char *message, size_t n, struct buf *out, const char **why)
{
	CLEANUP(buf_free) struct buf without_proof = { 0 };
	unsigned char proof[SCRAM_DIGEST_MAX];
	struct challenge challenge = { 0 };
	int r = parse_challenge(s, message, n, &challenge, why);

	if (r == 0) {
		buf_adds(&without_proof, "c=");
		base64_encode(s->gs2.data, s->gs2.len, &without_proof);
		buf_adds(&without_proof, ",r=");
		buf_add(&without_proof, challenge.nonce.at, challenge.nonce.n);
		buf_addc(&s->transcript, ',');
		buf_add(&s->transcript, message, n);
		buf_addc(&s->transcript, ',');
		buf_add(&s->transcript, without_proof.data, without_proof.len);
		r = buf_failed(&s->transcript) || buf_failed(&without_proof)
			    ? -ENOMEM
			    : compute(s, &challenge, proof);
	}
	buf_free(&challenge.salt);
	if (r < 0)
		return r;
	buf_add(out, without_proof.data, without_proof.len);
	buf_adds(out, ",p=");
	base64_encode(proof, digest_size(s), out);
	return buf_failed(out) ? -ENOMEM : 0;
}

int scram_verify(struct scram *s, const char *message, size_t n, const char **why)
{
	CLEANUP(buf_free) struct buf signature = { 0 };
	const char *at = n ? message : "";
	struct part value;

	*why = "the server could not prove that it knows the password: it is not the one "
	       "that it says it is, or somebody stands between";
	if (!take_part(&at, at + n, 'v', &value) ||
		base64_decode(value.at, value.n, &signature) < 0 ||
		signature.len != digest_size(s) ||
		gnutls_memcmp(signature.data, s->server_signature, signature.len) != 0)
		return -EBADMSG;
	s->verified = true;
	return 0;
}

void scram_clear(struct scram *s)
{
	buf_free(&s->gs2);
	buf_free(&s->transcript);
	s->verified = false;
}
