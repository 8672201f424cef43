/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "unit.h"
#include "wire/auth.h"

#define BIT(mechanism) (1u << (mechanism))

static const struct auth_login tim = { .user = "tim",
	.secret = "tanstaaftanstaaf",
	.host = "",
	.nonce = "n",
	.binding = "" };

/* The next line, or its error, compared with what is expected; CHALLENGE is in base64. */
static void expect(struct auth *auth, const char *challenge, int result, const char *line)
{
	struct buf out = { 0 };

	assert_int_equal(auth_next(auth, challenge, strlen(challenge), &out), result);
	if (result == 0)
		assert_string_equal(buf_cstr(&out), line);
	assert_int_equal(auth->why != NULL, result == -EBADMSG);
	buf_wipe(&out);
	assert_null(out.data);
}

/* The same with both sides before base64. */
static void expect_text(
	struct auth *auth, const char *challenge, const char *before, const char *answer)
{
	struct buf encoded = { 0 }, line = { 0 };

	base64_encode(challenge, strlen(challenge), &encoded);
	buf_adds(&line, before);
	base64_encode(answer, strlen(answer), &line);
	expect(auth, encoded.len ? buf_cstr(&encoded) : "", 0, buf_cstr(&line));
	buf_free(&encoded);
	buf_free(&line);
}

static void start(
	struct auth *auth, const struct auth_login *login, enum sasl_mechanism mechanism)
{
	auth_start(auth, login, mechanism, BIT(mechanism));
}

static void test_plain(void **state)
{
	struct auth auth;

	(void)state;
	/* the example of RFC 4616 section 4, without an authorization identity */
	start(&auth, &tim, SASL_PLAIN);
	expect(&auth, "", 0, "AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
	assert_true(auth.committed);
	expect(&auth, "", -EBADMSG, NULL);
	assert_string_equal(
		auth.why, "the server asks for more than the login has to say");
}

static void test_login(void **state)
{
	const struct auth_login login = {
		.user = "user@example.org", .secret = "p\xc3\xa4ss", .binding = ""
	};
	struct auth auth;

	(void)state;
	start(&auth, &login, SASL_LOGIN);
	expect(&auth, "", 0, "AUTH LOGIN");
	expect(&auth, "Who are you?", 0, "dXNlckBleGFtcGxlLm9yZw==");
	assert_false(auth.committed);
	expect(&auth, "UGFzc3dvcmQ6", 0, "cMOkc3M=");
	assert_true(auth.committed);
	expect(&auth, "", -EBADMSG, NULL);
}

static void test_a_server_that_repeats_the_password(void **state)
{
	static const struct {
		const char *said, *shown;
	} cases[] = {
		{ "no", "no" },
		{ "AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm?",
			"AUTH PLAIN ****************************?" },
		{ "dGFuc3RhYWZ0YW5zdGFhZg== is wrong",
			"************************ is wrong" },
		{ "dXNlcj10aW0BYXV0aD1CZWFyZXIgdGFuc3RhYWZ0YW5zdGFhZgEB",
			"****************************************************" },
		{ "tanstaaftanstaaf is not tanstaaf",
			"**************** is not tanstaaf" },
		{ "tanstaaftanstaaftanstaaftanstaaf",
			"********************************" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s", cases[i].said);
		auth_hide(&tim, text);
		assert_string_equal(text, cases[i].shown);
	}
}

static void test_cram_md5(void **state)
{
	struct auth auth;

	(void)state;
	/* the example of RFC 2195 section 2 */
	start(&auth, &tim, SASL_CRAM_MD5);
	expect(&auth, "", 0, "AUTH CRAM-MD5");
	assert_false(auth.committed);
	expect_text(&auth, "<1896.697170952@postoffice.reston.mci.net>", "",
		"tim b913a602c7eda7a495b4e6e7334d3890");
	assert_true(auth.committed);
	start(&auth, &tim, SASL_CRAM_MD5);
	expect(&auth, "", 0, "AUTH CRAM-MD5");
	expect(&auth, "", -EBADMSG, NULL);
}

/* RFC 5802 section 5 and RFC 7677 section 3. */
static const struct exchange {
	enum sasl_mechanism mechanism;
	const char *nonce, *first, *challenge, *final, *verdict;
} exchanges[] = {
	{ SASL_SCRAM_SHA_1, "fyko+d2lbbFgONRv9qkxdawL",
		"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
		"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
		"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
		"p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
		"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=" },
	{ SASL_SCRAM_SHA_256, "rOprNGfwEbeRWgbNEkqO", "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
		"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
		"s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
		"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" },
};

static struct auth_login exchange_login(const struct exchange *e)
{
	return (struct auth_login){
		.user = "user", .secret = "pencil", .nonce = e->nonce, .binding = ""
	};
}

/* As far as the server's last word. */
static void exchange(
	const struct exchange *e, const struct auth_login *login, struct auth *auth)
{
	char command[64];

	snprintf(command, sizeof(command), "AUTH %s ", sasl_name(e->mechanism));
	start(auth, login, e->mechanism);
	expect_text(auth, "", command, e->first);
	assert_false(auth->committed);
	expect_text(auth, e->challenge, "", e->final);
	assert_true(auth->committed);
	assert_false(auth_is_complete(auth));
}

static void test_scram(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(exchanges); i++) {
		struct auth_login login = exchange_login(&exchanges[i]);
		struct auth auth;

		exchange(&exchanges[i], &login, &auth);
		expect_text(&auth, exchanges[i].verdict, "", "");
		assert_true(auth_is_complete(&auth));
		expect(&auth, "", -EBADMSG, NULL);
		auth_end(&auth);
	}
}

static void test_scram_wrong_signature(void **state)
{
	static const char *const verdicts[] = { "",
		"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=",
		"v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "v=6rriTRBi",
		"v=", "x=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "e=other-error" };
	struct auth_login login = exchange_login(&exchanges[1]);

	(void)state;
	for (size_t i = 0; i < COUNT(verdicts); i++) {
		struct buf encoded = { 0 };
		struct auth auth;

		exchange(&exchanges[1], &login, &auth);
		base64_encode(verdicts[i], strlen(verdicts[i]), &encoded);
		expect(&auth, encoded.len ? buf_cstr(&encoded) : "", -EBADMSG, NULL);
		assert_false(auth_is_complete(&auth));
		assert_non_null(strstr(auth.why, "could not prove"));
		buf_free(&encoded);
		auth_end(&auth);
	}
}

static void test_scram_bad_challenges(void **state)
{
	static const struct {
		const char *challenge, *why;
	} cases[] = {
		{ "", "not in order" },
		{ "r=n", "not in order" },
		{ "r=n,s=QUJD,i=4096", "does not go with" },
		{ "r=m1,s=QUJD,i=4096", "does not go with" },
		{ "r=n1,s=,i=4096", "not in order" },
		{ "r=n1,s=QUJ,i=4096", "not in order" },
		{ "r=n1,s=QUJD", "not in order" },
		{ "r=n1,s=QUJD,i=0", "not in order" },
		{ "r=n1,s=QUJD,i=-1", "not in order" },
		{ "r=n1,s=QUJD,i=1000001", "more SCRAM iterations" },
		{ "r=n1,s=QUJD,i=99999999999999999999", "not in order" },
		{ "m=x,r=n1,s=QUJD,i=4096", "not in order" },
		{ "e=unsupported-channel-binding-type", "not in order" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf encoded = { 0 };
		struct auth auth;

		start(&auth, &tim, SASL_SCRAM_SHA_256);
		expect_text(&auth, "", "AUTH SCRAM-SHA-256 ", "n,,n=tim,r=n");
		base64_encode(cases[i].challenge, strlen(cases[i].challenge), &encoded);
		expect(&auth, encoded.len ? buf_cstr(&encoded) : "", -EBADMSG, NULL);
		assert_non_null(strstr(auth.why, cases[i].why));
		assert_false(auth.committed);
		buf_free(&encoded);
		auth_end(&auth);
	}
}

static void test_scram_binding(void **state)
{
	const struct auth_login login = { .user = "a,b=c",
		.secret = "x",
		.nonce = "n",
		.binding = "tls-exporter",
		.binding_data = { .data = (char *)"\1\2\3", .len = 3 } };
	static const struct {
		enum sasl_mechanism mechanism;
		unsigned offered;
		const char *command, *first, *bound;
	} cases[] = {
		{ SASL_SCRAM_SHA_256_PLUS, BIT(SASL_SCRAM_SHA_256_PLUS),
			"AUTH SCRAM-SHA-256-PLUS ", "p=tls-exporter,,",
			"c=cD10bHMtZXhwb3J0ZXIsLAECAw==," },
		{ SASL_SCRAM_SHA_256, BIT(SASL_SCRAM_SHA_256), "AUTH SCRAM-SHA-256 ",
			"y,,", "c=eSws," },
		{ SASL_SCRAM_SHA_256,
			BIT(SASL_SCRAM_SHA_256) | BIT(SASL_SCRAM_SHA_256_PLUS),
			"AUTH SCRAM-SHA-256 ", "n,,", "c=biws," },
		{ SASL_SCRAM_SHA_1, BIT(SASL_SCRAM_SHA_1), "AUTH SCRAM-SHA-1 ", "n,,",
			"c=biws," },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf line = { 0 }, decoded = { 0 };
		struct auth auth;
		char first[64];

		auth_start(&auth, &login, cases[i].mechanism, cases[i].offered);
		snprintf(first, sizeof(first), "%sn=a=2Cb=3Dc,r=n", cases[i].first);
		expect_text(&auth, "", cases[i].command, first);
		assert_int_equal(auth_next(&auth, "cj1uMSxzPVFVSkQsaT0x", 20, &line), 0);
		assert_int_equal(base64_decode(line.data, line.len, &decoded), 0);
		assert_memory_equal(decoded.data, cases[i].bound, strlen(cases[i].bound));
		buf_free(&line);
		buf_free(&decoded);
		auth_end(&auth);
	}
}

static void test_tokens(void **state)
{
	/* the examples of RFC 7628 section 4.1 and of Google's */
	const struct auth_login bearer = { .user = "user@example.com",
		.secret = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==",
		.token = true,
		.host = "server.example.com",
		.port = 143,
		.binding = "" };
	const struct auth_login google = { .user = "someuser@example.com",
		.secret = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg",
		.token = true,
		.binding = "" };
	struct auth auth;

	(void)state;
	start(&auth, &bearer, SASL_OAUTHBEARER);
	expect(&auth, "", 0,
		"AUTH OAUTHBEARER "
		"bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29t"
		"AXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRH"
		"RXVZ"
		"Mjl0Q2c9PQEB");
	expect(&auth, "eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=", 0, "AQ==");
	expect(&auth, "", -EBADMSG, NULL);
	start(&auth, &google, SASL_XOAUTH2);
	expect(&auth, "", 0,
		"AUTH XOAUTH2 "
		"dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRm"
		"dDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==");
	expect(&auth, "eyJzdGF0dXMiOiI0MDEifQ==", 0, "");
	expect(&auth, "", -EBADMSG, NULL);
}

static void test_external(void **state)
{
	const struct auth_login nobody = { .user = "", .secret = "", .binding = "" };
	struct auth auth;

	(void)state;
	start(&auth, &nobody, SASL_EXTERNAL);
	expect(&auth, "", 0, "AUTH EXTERNAL =");
	assert_false(auth.committed);
	start(&auth, &tim, SASL_EXTERNAL);
	expect(&auth, "", 0, "AUTH EXTERNAL dGlt");
}

static void test_long_secrets(void **state)
{
	static char password[9000];
	const struct auth_login login = {
		.user = "user", .secret = password, .binding = ""
	};
	struct buf out = { 0 };
	struct auth auth;
	const char *before;

	(void)state;
	memset(password, 'x', sizeof(password) - 1);
	start(&auth, &login, SASL_PLAIN);
	expect(&auth, "", -EINVAL, NULL);
	password[8000] = '\0';
	start(&auth, &login, SASL_PLAIN);
	expect(&auth, "", 0, "AUTH PLAIN"); /* the rest does not fit into a command */
	before = buf_reserve(&out, 16384);
	assert_int_equal(auth_next(&auth, "", 0, &out), 0);
	assert_int_equal(out.len, (8000 + 6 + 2) / 3 * 4);
	assert_ptr_equal(out.data, before); /* did not move: no copy is left behind */
	buf_wipe(&out);
	expect(&auth, "", -EBADMSG, NULL);
}

static void test_choice(void **state)
{
	static const unsigned all = BIT(SASL_COUNT) - 1;
	static const struct {
		unsigned offered;
		enum sasl_mechanism forced;
		bool token, bound;
		enum sasl_mechanism best;
	} cases[] = {
		{ all, SASL_NONE, false, true, SASL_SCRAM_SHA_256_PLUS },
		{ all, SASL_NONE, false, false, SASL_SCRAM_SHA_256 },
		{ all, SASL_PLAIN, false, true, SASL_PLAIN },
		{ all, SASL_CRAM_MD5, false, true, SASL_CRAM_MD5 },
		{ all, SASL_EXTERNAL, false, true, SASL_EXTERNAL },
		{ all, SASL_NONE, true, true, SASL_OAUTHBEARER },
		{ all, SASL_XOAUTH2, true, true, SASL_XOAUTH2 },
		{ all, SASL_SCRAM_SHA_256_PLUS, false, false, SASL_NONE },
		{ BIT(SASL_PLAIN) | BIT(SASL_LOGIN) | BIT(SASL_CRAM_MD5), SASL_NONE,
			false, true, SASL_PLAIN },
		{ BIT(SASL_CRAM_MD5) | BIT(SASL_LOGIN), SASL_NONE, false, true,
			SASL_LOGIN },
		{ BIT(SASL_CRAM_MD5), SASL_NONE, false, true, SASL_CRAM_MD5 },
		{ BIT(SASL_XOAUTH2) | BIT(SASL_LOGIN), SASL_NONE, true, true,
			SASL_XOAUTH2 },
		{ BIT(SASL_XOAUTH2), SASL_NONE, false, true, SASL_NONE },
		{ BIT(SASL_PLAIN), SASL_LOGIN, false, true, SASL_NONE },
		{ BIT(SASL_PLAIN), SASL_NONE, true, true, SASL_NONE },
		{ BIT(SASL_NONE), SASL_NONE, false, true, SASL_NONE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct auth_login login = { .forced = cases[i].forced,
			.token = cases[i].token,
			.binding = cases[i].bound ? "tls-exporter" : "" };

		assert_int_equal(
			auth_best(auth_usable(&login) & cases[i].offered), cases[i].best);
	}
}

static void test_names(void **state)
{
	(void)state;
	for (enum sasl_mechanism m = SASL_NONE + 1; m < SASL_COUNT; m++)
		assert_int_equal(sasl_find(sasl_name(m), strlen(sasl_name(m))), m);
	assert_int_equal(sasl_find("scram-sha-256", 13), SASL_SCRAM_SHA_256);
	assert_int_equal(sasl_find("", 0), SASL_NONE);
	assert_int_equal(sasl_find("NTLM", 4), SASL_NONE);
}

static void test_nonces(void **state)
{
	char one[AUTH_NONCE_SIZE], other[AUTH_NONCE_SIZE];

	(void)state;
	assert_int_equal(auth_make_nonce(one), 0);
	assert_int_equal(auth_make_nonce(other), 0);
	assert_int_equal(strlen(one), AUTH_NONCE_SIZE - 1);
	assert_string_not_equal(one, other);
	assert_null(strchr(one, ','));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_a_server_that_repeats_the_password),
		cmocka_unit_test(test_cram_md5),
		cmocka_unit_test(test_scram),
		cmocka_unit_test(test_scram_wrong_signature),
		cmocka_unit_test(test_scram_bad_challenges),
		cmocka_unit_test(test_scram_binding),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_external),
		cmocka_unit_test(test_long_secrets),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_nonces),
	};

	return cmocka_run_group_tests_name("auth", tests, NULL, NULL);
}
