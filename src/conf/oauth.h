/* SPDX-License-Identifier: ISC */
/* How access tokens are got (RFC 6749): what is known of those who issue them, one row each. */
#ifndef CONF_OAUTH_H
#define CONF_OAUTH_H

#include "conf/conf.h"

/* Whose consent there is, and how it comes. */
enum oauth_flow {
	OAUTH_CODE,   /* a person's, by a browser: RFC 8252 with PKCE (RFC 7636) */
	OAUTH_DEVICE, /* a person's, on another device: RFC 8628 */
	OAUTH_CLIENT, /* the client's own, with its secret: RFC 6749 section 4.4 */
	OAUTH_KEY,    /* the same with a key: RFC 7523 section 2.1 */
};

/* The flow of an account that has "oauth" set. */
enum oauth_flow oauth_flow(const struct conf *conf);

/* The host at which the browser ends in the flow OAUTH_CODE: a name or address of loopback. */
const char *oauth_redirect_host(const struct conf *conf);

/* True if the flow ends in a refresh token, which has to be stored. */
bool oauth_has_refresh_token(const struct conf *conf);

const char *oauth_refuse_name(const char *value); /* as the functions of conf/value.h */
const char *oauth_refuse_url(const char *value);
const char *oauth_refuse_tenant(const char *value);
const char *oauth_refuse_text(const char *value); /* a client id, a scope */

#endif
