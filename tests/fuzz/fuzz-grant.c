/* SPDX-License-Identifier: ISC */
/* What a token endpoint answers, and what a browser brings: all of it goes into lines and files of ours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "fuzz.h"
#include "token/grant.h"
#include "token/query.h"

static void check_word(const char *s)
{
	if (!s)
		return;
	REQUIRE(*s && strlen(s) < COMMAND_LINE_MAX);
	for (; *s; s++)
		REQUIRE(*s > ' ' && *s <= '~');
}

static void check_grant(enum grant_verdict verdict, struct grant *grant)
{
	for (const char *s = grant->text; *s; s++)
		REQUIRE(*s >= ' ' && *s <= '~');
	REQUIRE(verdict == GRANT_GIVEN || *grant->text);
	REQUIRE(!grant->no_consent || verdict == GRANT_REFUSED);
	check_word(grant->access);
	check_word(grant->refresh);
	check_word(grant->device_code);
	check_word(grant->user_code);
	check_word(grant->verification_uri);
	REQUIRE(grant->lifetime_s <= 86400);
	grant_clear(grant);
}

static void check_query(const uint8_t *data, size_t n)
{
	char *text = strndup((const char *)data, n), value[32];

	if (text && query_value(text, "code", value, sizeof(value))) {
		REQUIRE(*value && strlen(value) < sizeof(value));
		REQUIRE(strstr(text, "code="));
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const long statuses[] = { 200, 302, 400, 429, 500 };
	enum grant_verdict verdict;

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct grant grant = { 0 };

		verdict = grant_parse_token(statuses[i], (const char *)data, n, &grant);
		REQUIRE(verdict != GRANT_GIVEN || (grant.access && statuses[i] == 200));
		check_grant(verdict, &grant);
		verdict = grant_parse_device(statuses[i], (const char *)data, n, &grant);
		REQUIRE(verdict != GRANT_GIVEN ||
			(grant.device_code && grant.interval_s));
		check_grant(verdict, &grant);
	}
	check_query(data, n);
	return 0;
}
