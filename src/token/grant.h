/* SPDX-License-Identifier: ISC */
/* What a token endpoint answers (RFC 6749 section 5, RFC 8628 section 3.5). Pure. */
#ifndef TOKEN_GRANT_H
#define TOKEN_GRANT_H

#include <stdbool.h>
#include <stddef.h>

#define GRANT_TEXT_MAX 384

enum grant_verdict {
	GRANT_GIVEN,
	GRANT_LATER,   /* no fault of the account: try again */
	GRANT_REFUSED, /* it stays so until somebody does something */
	GRANT_PENDING, /* device flow: nobody has consented yet */
	GRANT_SLOW,    /* device flow: asked too often */
};

struct grant {
	char *access;	     /* the token; NULL: none */
	char *refresh;	     /* a new one; NULL: none */
	unsigned lifetime_s; /* of the access token */
	char *device_code;   /* RFC 8628 section 3.2; NULL: none */
	char *user_code;
	char *verification_uri;
	unsigned interval_s;	   /* between two questions */
	bool no_consent;	   /* refused, because it has ended or there is none */
	char text[GRANT_TEXT_MAX]; /* what went wrong, printable */
};

/* Ends with grant_clear(), which wipes it. */
void grant_clear(struct grant *grant);

/* Makes what comes with HTTP status STATUS and the N octets BODY into *RET (zeroed). */
enum grant_verdict grant_parse_token(
	long status, const char *body, size_t n, struct grant *ret);

/* The same for the answer of a device endpoint. */
enum grant_verdict grant_parse_device(
	long status, const char *body, size_t n, struct grant *ret);

#endif
