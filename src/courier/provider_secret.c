/* SPDX-License-Identifier: ISC */
#include "courier/provider_secret.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/text.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define BLANKS                                                                           \
	" \xc2\xa0" /* the octets of U+00A0: what is copied from Google's page has them */
#define APP_PASSWORD 16
#define ACCESS_KEY   40
#define REGION_MAX   63
#define SHA256_SIZE  32
#define SES_VERSION  4

static bool is_google(const char *host)
{
	const char *dot = strchr(host, '.');

	return dot && strcasecmp(dot, ".gmail.com") == 0;
}

/* Groups of letters, 16 in all. */
static bool is_app_password(const char *s)
{
	size_t letters = 0;

	for (; *s; s++) {
		if (!strchr(LETTERS BLANKS, *s))
			return false;
		letters += !strchr(BLANKS, *s);
	}
	return letters == APP_PASSWORD;
}

static void close_up(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (!strchr(BLANKS, *s))
			*to++ = *s;
	}
	*to = '\0';
}

/* The region in "email-smtp.REGION.amazonaws.com", or false. */
static bool find_region(const char *host, char region[REGION_MAX + 1])
{
	const char *dot = strchr(host, '.'), *end = dot ? strchr(dot + 1, '.') : NULL;

	if (!end || strncasecmp(host, "email-smtp", 10) != 0 ||
		strncasecmp(end, ".amazonaws.com", 14) != 0 || end - dot > REGION_MAX)
		return false;
	snprintf(region, REGION_MAX + 1, "%.*s", (int)(end - dot - 1), dot + 1);
	return true;
}

static bool is_access_key(const char *s)
{
	return strlen(s) == ACCESS_KEY && strspn(s, LETTERS "0123456789+/") == ACCESS_KEY;
}

/* As AWS describes it ("Obtaining Amazon SES SMTP credentials by converting existing AWS credentials"). */
static char *ses_password(const char *access_key, const char *region)
{
	const char *const words[] = { "11111111", region, "ses", "aws4_request",
		"SendRawEmail" };
	unsigned char key[1 + SHA256_SIZE] = { SES_VERSION };
	char first[4 + ACCESS_KEY + 1];
	struct buf out = { 0 };
	int r = 0;

	snprintf(first, sizeof(first), "AWS4%s", access_key);
	for (size_t i = 0; r == 0 && i < sizeof(words) / sizeof(words[0]); i++)
		r = gnutls_hmac_fast(GNUTLS_MAC_SHA256, i ? (void *)(key + 1) : first,
			i ? SHA256_SIZE : strlen(first), words[i], strlen(words[i]),
			key + 1);
	if (r == 0)
		base64_encode(key, sizeof(key), &out);
	explicit_bzero(first, sizeof(first));
	explicit_bzero(key, sizeof(key));
	return r == 0 ? buf_steal(&out) : NULL;
}

int provider_secret(const char *host, char **secret)
{
	char region[REGION_MAX + 1], *password;

	if (is_google(host) && is_app_password(*secret))
		close_up(*secret);
	if (!find_region(host, region) || !is_access_key(*secret))
		return 0;
	password = ses_password(*secret, region);
	if (!password)
		return -ENOMEM;
	text_wipe(*secret);
	*secret = password;
	return 0;
}
