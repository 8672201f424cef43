/* SPDX-License-Identifier: ISC */
#include "base/sasl.h"

#include "base/text.h"

static const char *const names[SASL_COUNT] = {
	[SASL_NONE] = "",
	[SASL_SCRAM_SHA_256_PLUS] = "SCRAM-SHA-256-PLUS",
	[SASL_SCRAM_SHA_256] = "SCRAM-SHA-256",
	[SASL_SCRAM_SHA_1] = "SCRAM-SHA-1",
	[SASL_PLAIN] = "PLAIN",
	[SASL_LOGIN] = "LOGIN",
	[SASL_CRAM_MD5] = "CRAM-MD5",
	[SASL_OAUTHBEARER] = "OAUTHBEARER",
	[SASL_XOAUTH2] = "XOAUTH2",
	[SASL_EXTERNAL] = "EXTERNAL",
};

const char *sasl_name(enum sasl_mechanism mechanism)
{
	return names[mechanism];
}

enum sasl_mechanism sasl_find(const char *name, size_t n)
{
	for (enum sasl_mechanism m = SASL_NONE + 1; m < SASL_COUNT; m++) {
		if (text_is(name, n, names[m]))
			return m;
	}
	return SASL_NONE;
}
