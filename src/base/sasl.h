/* SPDX-License-Identifier: ISC */
/* The SASL mechanisms that we know (RFC 4422), by name. */
#ifndef BASE_SASL_H
#define BASE_SASL_H

#include <stddef.h>

/* Where there is a choice, what stands first is better. */
enum sasl_mechanism {
	SASL_NONE,
	SASL_SCRAM_SHA_256_PLUS, /* RFC 7677, bound to the TLS channel */
	SASL_SCRAM_SHA_256,
	SASL_SCRAM_SHA_1, /* RFC 5802 */
	SASL_PLAIN,	  /* RFC 4616 */
	SASL_LOGIN, /* draft-murchison-sasl-login: name and password, asked for one by one */
	SASL_CRAM_MD5,	  /* RFC 2195 */
	SASL_OAUTHBEARER, /* RFC 7628 */
	SASL_XOAUTH2,	  /* the same as Google and Microsoft had it before */
	SASL_EXTERNAL,	  /* RFC 4422 appendix A: the certificate of the client */
	SASL_COUNT
};

/* As it stands behind AUTH; "" for SASL_NONE. */
const char *sasl_name(enum sasl_mechanism mechanism);

/* The mechanism of that name, whatever its case, or SASL_NONE. */
enum sasl_mechanism sasl_find(const char *name, size_t n);

#endif
