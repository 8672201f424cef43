/* SPDX-License-Identifier: ISC */
/* A server's part of a login: the first octet chooses the mechanism, each line is a challenge. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "fuzz.h"
#include "wire/auth.h"

static const struct auth_login login = {
	.user = "user", .secret = "pencil", .host = "h", .nonce = "n", .binding = ""
};

/* Many iterations are right, and too slow for here. */
static bool is_slow(const char *line, size_t n)
{
	const char *count = memmem(line, n, ",i=", 3);
	size_t digits = 0;

	for (const char *at = count ? count + 3 : line + n; at < line + n; at++)
		digits += *at >= '0' && *at <= '9';
	return digits > 3;
}

static int say(struct auth *auth, const char *challenge, size_t n)
{
	struct buf line = { 0 };
	int r = auth_next(auth, challenge, n, &line);

	REQUIRE(r == 0 || r == -EBADMSG);
	REQUIRE((r == -EBADMSG) == (auth->why != NULL));
	if (r == 0 && line.len)
		REQUIRE(!memchr(line.data, '\n', line.len) &&
			!memchr(line.data, '\r', line.len) &&
			!memchr(line.data, '\0', line.len));
	buf_wipe(&line);
	return r;
}

/* The right signature takes the salted password: nothing that is made up is one. */
static void check_proof(const struct auth *auth)
{
	if (auth->mechanism <= SASL_SCRAM_SHA_1)
		REQUIRE(!auth_is_complete(auth));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *at = (const char *)data, *end = at + n;
	struct auth auth;
	int steps = 0, r;

	if (n == 0)
		return 0;
	auth_start(&auth, &login, 1 + *data % (SASL_COUNT - 1), 0);
	if (auth.mechanism == SASL_SCRAM_SHA_256_PLUS)
		auth.scram.binding = "n";
	r = say(&auth, "", 0);
	for (at++; at < end && r == 0;) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		struct buf encoded = { 0 };
		size_t length = (size_t)((lf ? lf : end) - at);

		if (is_slow(at, length))
			break;
		base64_encode(at, length, &encoded);
		r = say(&auth, encoded.data ? encoded.data : "", encoded.len);
		buf_free(&encoded);
		check_proof(&auth);
		REQUIRE(++steps <= 4);
		at = lf ? lf + 1 : end;
	}
	auth_end(&auth);
	return 0;
}
