/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "wire/caps.h"

static struct caps parse(const char *text)
{
	struct reply reply = { .code = 250 };
	struct caps caps;

	reply.len = (size_t)snprintf(reply.text, sizeof(reply.text), "%s", text);
	caps_parse(&reply, &caps);
	return caps;
}

static void test_what_servers_offer(void **state)
{
	static const struct {
		const char *text, *described;
	} cases[] = {
		{ "", "" },
		{ "host.example.com", "" },
		{ "PIPELINING at your service", "" },
		{ "h\nPIPELINING\n8BITMIME", "PIPELINING 8BITMIME" },
		{ "h\npipelining\nStartTLS", "STARTTLS PIPELINING" },
		{ "h\nPIPELININGS\nXCHUNKING\nAUTHOR", "" },
		{ "h\nSIZE 35882577\nCHUNKING\nSMTPUTF8\nDSN\nENHANCEDSTATUSCODES",
			"CHUNKING SMTPUTF8 DSN ENHANCEDSTATUSCODES SIZE=35882577" },
		{ "h\nSIZE", "SIZE=0" },
		{ "h\nSIZE 0", "SIZE=0" },
		{ "h\nSIZE a lot", "SIZE=0" },
		{ "h\nSIZE 99999999999999999999999", "SIZE=0" },
		{ "h\nAUTH PLAIN LOGIN", "AUTH=PLAIN LOGIN" },
		{ "h\nAUTH=LOGIN", "AUTH=LOGIN" },
		{ "h\nAUTH=LOGIN PLAIN\nAUTH NTLM", "AUTH=LOGIN PLAIN NTLM" },
		{ "h\nAUTH", "" },
		{ "h\n\n   \nDSN", "DSN" },
		{ "h\n  DSN  ", "DSN" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct caps caps = parse(cases[i].text);
		struct buf out = { 0 };

		caps_describe(&caps, &out);
		assert_string_equal(buf_cstr(&out), cases[i].described);
		buf_free(&out);
	}
}

static void test_mechanisms(void **state)
{
	struct caps caps = parse("h\nAUTH NTLM LOGIN XPLAIN");

	(void)state;
	assert_true(caps.mechanisms & 1u << SASL_LOGIN);
	assert_false(caps.mechanisms & 1u << SASL_PLAIN);
	caps = parse("h\nAUTH SCRAM-SHA-256 scram-sha-256-plus\nAUTH=CRAM-MD5 EXTERNAL");
	assert_int_equal(caps.mechanisms,
		1u << SASL_SCRAM_SHA_256 | 1u << SASL_SCRAM_SHA_256_PLUS |
			1u << SASL_CRAM_MD5 | 1u << SASL_EXTERNAL);
	caps = parse("h\nAUTH=plain");
	assert_true(caps.mechanisms & 1u << SASL_PLAIN);
	assert_false(caps.mechanisms & 1u << SASL_LOGIN);
}

static void test_too_many_mechanisms_are_cut(void **state)
{
	char text[4096] = "h\nAUTH";
	struct caps caps;

	(void)state;
	for (int i = 0; i < 200; i++)
		strcat(text, " MECHANISM");
	strcat(text, " PLAIN");
	caps = parse(text);
	assert_true(caps.mechanisms & 1u << SASL_PLAIN);
	assert_int_equal(strlen(caps.auth), sizeof(caps.auth) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_servers_offer),
		cmocka_unit_test(test_mechanisms),
		cmocka_unit_test(test_too_many_mechanisms_are_cut),
	};

	return cmocka_run_group_tests_name("caps", tests, NULL, NULL);
}
