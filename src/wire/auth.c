/* SPDX-License-Identifier: ISC */
#include "wire/auth.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "base/base64.h"
#include "base/cleanup.h"

#define AUTH_SECRET_MAX ((size_t)8192) /* octets of name and secret together */
#define COMMAND_MAX                                                                      \
	510 /* octets of a line that is a command: RFC 5321 section 4.5.3.1.4 */

#define BIT(mechanism) (1u << (mechanism))

int auth_make_nonce(char ret[AUTH_NONCE_SIZE])
{
	unsigned char bytes[(AUTH_NONCE_SIZE - 1) / 4 * 3];
	CLEANUP(buf_free) struct buf text = { 0 };

	if (gnutls_rnd(GNUTLS_RND_NONCE, bytes, sizeof(bytes)) < 0)
		return -EIO;
	base64_encode(bytes, sizeof(bytes), &text);
	if (!buf_cstr(&text))
		return -ENOMEM;
	memcpy(ret, text.data, AUTH_NONCE_SIZE);
	return 0;
}

unsigned auth_usable(const struct auth_login *login)
{
	unsigned passwords = BIT(SASL_SCRAM_SHA_256) | BIT(SASL_SCRAM_SHA_1) |
			     BIT(SASL_PLAIN) | BIT(SASL_LOGIN) | BIT(SASL_CRAM_MD5);

	if (*login->binding)
		passwords |= BIT(SASL_SCRAM_SHA_256_PLUS);
	if (login->forced == SASL_EXTERNAL)
		return BIT(SASL_EXTERNAL);
	if (login->token)
		passwords = BIT(SASL_OAUTHBEARER) | BIT(SASL_XOAUTH2);
	return login->forced ? passwords & BIT(login->forced) : passwords;
}

enum sasl_mechanism auth_best(unsigned set)
{
	for (enum sasl_mechanism m = SASL_NONE + 1; m < SASL_COUNT; m++) {
		if (set & BIT(m))
			return m;
	}
	return SASL_NONE;
}

static void start_scram(struct auth *auth, unsigned offered)
{
	const struct auth_login *login = auth->login;
	const char *binding = "n";

	if (auth->mechanism == SASL_SCRAM_SHA_256_PLUS)
		binding = login->binding;
	else if (auth->mechanism == SASL_SCRAM_SHA_256 && *login->binding &&
		 !(offered & BIT(SASL_SCRAM_SHA_256_PLUS)))
		binding = "y"; /* a server that did offer it then knows of a downgrade */
	auth->scram = (struct scram){
		.sha256 = auth->mechanism != SASL_SCRAM_SHA_1,
		.user = login->user,
		.password = login->secret,
		.nonce = login->nonce,
		.binding = binding,
		.binding_data = &login->binding_data,
	};
}

void auth_start(struct auth *auth, const struct auth_login *login,
	enum sasl_mechanism mechanism, unsigned offered)
{
	*auth = (struct auth){ .mechanism = mechanism, .login = login };
	if (mechanism <= SASL_SCRAM_SHA_1)
		start_scram(auth, offered);
}

void auth_end(struct auth *auth)
{
	scram_clear(&auth->scram);
}

bool auth_is_complete(const struct auth *auth)
{
	return auth->mechanism > SASL_SCRAM_SHA_1 || auth->scram.verified;
}

/* Those that begin with an answer rather than with a challenge. */
static bool client_begins(enum sasl_mechanism mechanism)
{
	return mechanism != SASL_LOGIN && mechanism != SASL_CRAM_MD5;
}

/* RFC 4616 section 2: authorization identity (none: the user's own), user, password. */
static int say_plain(struct auth *auth, struct buf *out)
{
	buf_addc(out, '\0');
	buf_adds(out, auth->login->user);
	buf_addc(out, '\0');
	buf_adds(out, auth->login->secret);
	return 0;
}

static int say_cram(struct auth *auth, const struct buf *challenge, struct buf *out)
{
	const char *secret = auth->login->secret;
	unsigned char digest[16];

	if (challenge->len == 0) {
		auth->why = "the server's CRAM-MD5 challenge is empty";
		return -EBADMSG;
	}
	if (gnutls_hmac_fast(GNUTLS_MAC_MD5, secret, strlen(secret), challenge->data,
		    challenge->len, digest) < 0)
		return -ENOMEM;
	buf_addf(out, "%s ", auth->login->user);
	for (size_t i = 0; i < sizeof(digest); i++)
		buf_addf(out, "%02x", digest[i]);
	return 0;
}

/* RFC 7628 section 3.1. */
static void say_bearer(const struct auth_login *login, struct buf *out)
{
	buf_adds(out, "n,a=");
	scram_add_name(out, login->user);
	buf_addf(out, ",\1host=%s\1port=%u\1auth=Bearer %s\1\1", login->host, login->port,
		login->secret);
}

static int say_scram(struct auth *auth, const struct buf *challenge, struct buf *out)
{
	switch (auth->step) {
	case 0: return scram_first(&auth->scram, out);
	case 1:
		return scram_final(
			&auth->scram, challenge->data, challenge->len, out, &auth->why);
	case 2:
		return scram_verify(
			&auth->scram, challenge->data, challenge->len, &auth->why);
	default: return -EPROTO;
	}
}

/* The answer to a challenge, before base64. 0, -EPROTO when there is none left, or as auth_next(). */
static int say(struct auth *auth, const struct buf *challenge, struct buf *out)
{
	const struct auth_login *login = auth->login;
	enum sasl_mechanism mechanism = auth->mechanism;

	if (mechanism <= SASL_SCRAM_SHA_1)
		return say_scram(auth, challenge, out);
	if (mechanism == SASL_LOGIN && auth->step < 2) {
		buf_adds(out, auth->step ? login->secret : login->user);
		return 0;
	}
	/* a token that is refused has its reason in a challenge, and is refused after the answer */
	if (mechanism == SASL_OAUTHBEARER && auth->step == 1)
		buf_addc(out, '\1');
	if (auth->step == 1 &&
		(mechanism == SASL_OAUTHBEARER || mechanism == SASL_XOAUTH2))
		return 0;
	if (auth->step > 0)
		return -EPROTO;
	switch (mechanism) {
	case SASL_PLAIN: return say_plain(auth, out);
	case SASL_CRAM_MD5: return say_cram(auth, challenge, out);
	case SASL_OAUTHBEARER: say_bearer(login, out); return 0;
	case SASL_XOAUTH2:
		buf_addf(out, "user=%s\1auth=Bearer %s\1\1", login->user, login->secret);
		return 0;
	case SASL_EXTERNAL: buf_adds(out, login->user); return 0;
	default: return -EPROTO;
	}
}

/* As say(), in base64. */
static int answer(struct auth *auth, const struct buf *challenge, struct buf *out)
{
	CLEANUP(buf_wipe) struct buf message = { 0 };
	int r = -ENOMEM;

	/* room for all of it at once: growing would leave copies behind */
	if (buf_reserve(&message, AUTH_SECRET_MAX + 1024))
		r = say(auth, challenge, &message);
	if (r == 0)
		base64_encode(message.data, message.len, out);
	if (r == 0 && (buf_failed(&message) || buf_failed(out)))
		r = -ENOMEM;
	return r;
}

/* The AUTH command, with the first answer behind it if there is one and it fits into a line. */
static int begin(struct auth *auth, struct buf *out)
{
	const struct buf none = { 0 };
	size_t name;
	int r;

	auth->named = true;
	buf_addf(out, "AUTH %s", sasl_name(auth->mechanism));
	if (!client_begins(auth->mechanism))
		return buf_failed(out) ? -ENOMEM : 0;
	name = out->len;
	buf_addc(out, ' ');
	r = answer(auth, &none, out);
	if (out->len == name + 1)
		buf_addc(out, '='); /* RFC 4954 section 4: an empty one */
	if (r == 0 && out->len > COMMAND_MAX)
		out->len = name;
	else
		auth->step = 1;
	return r;
}

static bool has_committed(const struct auth *auth)
{
	unsigned first =
		auth->mechanism <= SASL_SCRAM_SHA_1 || auth->mechanism == SASL_LOGIN ? 2
										     : 1;

	return auth->mechanism != SASL_EXTERNAL && auth->step >= first;
}

int auth_next(struct auth *auth, const char *challenge, size_t n, struct buf *out)
{
	CLEANUP(buf_free) struct buf decoded = { 0 };
	int r;

	if (strlen(auth->login->user) + strlen(auth->login->secret) > AUTH_SECRET_MAX)
		return -EINVAL;
	if (!buf_reserve(out, 2 * AUTH_SECRET_MAX))
		return -ENOMEM;
	if (!auth->named) {
		r = begin(auth, out);
		auth->committed = has_committed(auth);
		return r;
	}
	/* prompts that are not looked at may be any text: there are servers that send plain words */
	if (base64_decode(challenge, n, &decoded) < 0)
		buf_clear(&decoded);
	r = answer(auth, &decoded, out);
	auth->step += r == 0;
	auth->committed = has_committed(auth);
	if (r != -EBADMSG)
		auth->why = NULL;
	if (r == -EPROTO) {
		auth->why = "the server asks for more than the login has to say";
		r = -EBADMSG;
	}
	return r;
}

static void hide(char *text, const char *secret)
{
	size_t n = secret ? strlen(secret) : 0;
	char *at = text;

	while (n && (at = strstr(at, secret))) {
		memset(at, '*', n);
		at += n;
	}
}

void auth_hide(const struct auth_login *login, char *text)
{
	static const enum sasl_mechanism forms[] = { SASL_PLAIN, SASL_OAUTHBEARER,
		SASL_XOAUTH2 };
	const struct buf none = { 0 };
	CLEANUP(buf_wipe) struct buf sent = { 0 };
	bool ok = buf_reserve(&sent, 2 * AUTH_SECRET_MAX);

	for (size_t i = 0; ok && i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct auth auth = { .mechanism = forms[i], .login = login };

		buf_clear(&sent);
		ok = answer(&auth, &none, &sent) == 0 && buf_cstr(&sent);
		if (ok)
			hide(text, sent.data);
	}
	buf_clear(&sent);
	base64_encode(login->secret, strlen(login->secret), &sent);
	if (ok && buf_cstr(&sent))
		hide(text, sent.data);
	hide(text, login->secret);
	if (!ok)
		*text = '\0';
}
