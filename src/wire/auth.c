/* SPDX-License-Identifier: ISC */
#include "wire/auth.h"

#include <errno.h>
#include <string.h>

#include "base/base64.h"

#define AUTH_SECRET_MAX 8192 /* octets of name and password together */

enum auth_mechanism auth_choose(const struct caps *caps)
{
	if (caps->auth_plain)
		return AUTH_PLAIN;
	return caps->auth_login ? AUTH_LOGIN : AUTH_NONE;
}

const char *auth_name(enum auth_mechanism mechanism)
{
	switch (mechanism) {
	case AUTH_PLAIN: return "PLAIN";
	case AUTH_LOGIN: return "LOGIN";
	default: return "none";
	}
}

void auth_wipe(struct buf *secret)
{
	if (secret->data)
		explicit_bzero(secret->data, secret->cap);
	buf_free(secret);
}

static int add_base64(const void *bytes, size_t n, struct buf *out)
{
	base64_encode(bytes, n, out);
	return buf_failed(out) ? -ENOMEM : 0;
}

/* RFC 4616 section 2: authorization identity (none: the user's own), user, password. */
static int add_plain(const struct auth *auth, struct buf *out)
{
	struct buf message = { 0 };
	int r;

	if (!buf_reserve(&message, AUTH_SECRET_MAX + 2))
		return -ENOMEM;
	buf_addc(&message, '\0');
	buf_adds(&message, auth->user);
	buf_addc(&message, '\0');
	buf_adds(&message, auth->password);
	r = add_base64(message.data, message.len, out);
	auth_wipe(&message);
	return r;
}

int auth_next(struct auth *auth, struct buf *out)
{
	unsigned step = auth->step++;

	if (strlen(auth->user) + strlen(auth->password) > AUTH_SECRET_MAX)
		return -EINVAL;
	/* room for all of it at once: growing would leave copies behind */
	if (!buf_reserve(out, 2 * AUTH_SECRET_MAX))
		return -ENOMEM;
	if (auth->mechanism == AUTH_PLAIN && step == 0) {
		buf_adds(out, "AUTH PLAIN ");
		return add_plain(auth, out);
	}
	if (auth->mechanism == AUTH_LOGIN && step == 0) {
		buf_adds(out, "AUTH LOGIN");
		return buf_failed(out) ? -ENOMEM : 0;
	}
	if (auth->mechanism == AUTH_LOGIN && step == 1)
		return add_base64(auth->user, strlen(auth->user), out);
	if (auth->mechanism == AUTH_LOGIN && step == 2)
		return add_base64(auth->password, strlen(auth->password), out);
	return -EPROTO;
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

void auth_hide(const struct auth *auth, char *text)
{
	struct auth whole = { AUTH_PLAIN, auth->user, auth->password, 0 };
	struct auth part = { AUTH_LOGIN, auth->user, auth->password, 2 };
	struct buf plain = { 0 }, login = { 0 };

	if (auth_next(&whole, &plain) < 0 || auth_next(&part, &login) < 0) {
		*text = '\0';
	} else {
		hide(text, buf_cstr(&plain) + strlen("AUTH PLAIN "));
		hide(text, buf_cstr(&login));
		hide(text, auth->password);
	}
	auth_wipe(&plain);
	auth_wipe(&login);
}
