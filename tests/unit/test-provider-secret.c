/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "courier/provider_secret.h"
#include "unit.h"

#define AWS_KEY                                                                          \
	"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" /* as AWS prints it in its documents */

static const struct {
	const char *host, *given, *sent;
} cases[] = {
	{ "smtp.gmail.com", "abcd efgh ijkl mnop", "abcdefghijklmnop" },
	{ "SMTP.Gmail.com", " abcd efgh ijkl mnop ", "abcdefghijklmnop" },
	{ "smtp.gmail.com",
		"abcd\xc2\xa0"
		"efgh\xc2\xa0"
		"ijkl\xc2\xa0mnop",
		"abcdefghijklmnop" },
	{ "smtp-relay.gmail.com", "abcd efgh ijkl mnop", "abcdefghijklmnop" },
	{ "smtp.gmail.com", "abcdefghijklmnop", "abcdefghijklmnop" },
	{ "smtp.gmail.com", "abcd efgh ijkl mno", "abcd efgh ijkl mno" },
	{ "smtp.gmail.com", "abcd efgh ijkl mno1", "abcd efgh ijkl mno1" },
	{ "smtp.example.com", "abcd efgh ijkl mnop", "abcd efgh ijkl mnop" },
	{ "email-smtp.us-east-1.amazonaws.com", AWS_KEY,
		"BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9" },
	{ "email-smtp.us-west-2.amazonaws.com", AWS_KEY,
		"BF2PynzbSCAjX08zhZZnP/kW+T9P5zs/1Er0pi5vTEmd" },
	{ "email-smtp-fips.eu-central-1.amazonaws.com", AWS_KEY,
		"BF0/eIJm0ruTHsSjOkRuOGzGF+zeSyE3aiRzrzUQ8LwG" },
	{ "email-smtp.us-east-1.amazonaws.com",
		"BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9",
		"BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9" },
	{ "email-smtp.us-east-1.amazonaws.com",
		"wJalrXUtnFEMI.K7MDENG/bPxRfiCYEXAMPLEKEY",
		"wJalrXUtnFEMI.K7MDENG/bPxRfiCYEXAMPLEKEY" },
	{ "email-smtp.us-east-1.example.com", AWS_KEY, AWS_KEY },
	{ "email-smtp", AWS_KEY, AWS_KEY },
	{ "smtp.us-east-1.amazonaws.com", AWS_KEY, AWS_KEY },
};

static void test_secrets(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *secret = strdup(cases[i].given);

		assert_int_equal(provider_secret(cases[i].host, &secret), 0);
		assert_string_equal(secret, cases[i].sent);
		free(secret);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secrets),
	};

	return cmocka_run_group_tests_name("provider-secret", tests, NULL, NULL);
}
