/* SPDX-License-Identifier: ISC */
/* An account as the client of whoever issues its tokens: asks the token endpoint. */
#ifndef TOKEN_CLIENT_H
#define TOKEN_CLIENT_H

#include <stdint.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "conf/oauth.h"
#include "token/grant.h"

#define CLIENT_TEXT_MAX 512

struct client {
	const struct conf *conf;
	enum oauth_flow flow;
	char *secret;		    /* the client's own; NULL: it has none */
	char *refresh;		    /* the stored refresh token; NULL: none */
	char *key_file;		    /* of a service account; NULL: none */
	char text[CLIENT_TEXT_MAX]; /* what went wrong, a whole sentence */
};

/* Reads the account's secrets, the refresh token only WITH_REFRESH. 0, or -errno and client->text; end
 * with client_clear() in both cases. */
int client_load(const struct conf *conf, bool with_refresh, struct client *ret);
void client_clear(struct client *client);

/* The secret that all others follow from: see token/store.h. */
const char *client_root(const struct client *client);

/* Starts a form with the client's identity and the grant type, unless that is NULL. */
void client_form(const struct client *client, const char *grant_type, struct buf *form);

/* Posts FORM to URL, which is wiped and freed; and what comes is for PARSE. The verdict and *RET, or
 * client->text. */
enum grant_verdict client_post(struct client *client, const char *url, struct buf *form,
	int64_t ms,
	enum grant_verdict (*parse)(
		long status, const char *body, size_t n, struct grant *ret),
	struct grant *ret);

/* An access token without anybody's help; by REFRESH, where the flow has refresh tokens. */
enum grant_verdict client_get(
	struct client *client, const char *refresh, int64_t ms, struct grant *ret);

#endif
