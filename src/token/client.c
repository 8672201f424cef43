/* SPDX-License-Identifier: ISC */
#include "token/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "token/https.h"
#include "token/jwt.h"

#define GRANT_JWT "urn:ietf:params:oauth:grant-type:jwt-bearer" /* RFC 7523 section 2.1 */

int client_load(const struct conf *conf, bool with_refresh, struct client *ret)
{
	int r = 0;

	*ret = (struct client){ .conf = conf, .flow = oauth_flow(conf) };
	if (ret->flow == OAUTH_KEY)
		return conf_secret_text(conf, "service-account", &ret->key_file,
			ret->text, sizeof(ret->text));
	r = conf_secret(
		conf, "client-secret", &ret->secret, ret->text, sizeof(ret->text));
	if (r == -ENOENT && ret->flow != OAUTH_CLIENT)
		r = 0; /* a public client (RFC 6749 section 2.1) */
	if (r == 0 && with_refresh && oauth_has_refresh_token(conf)) {
		r = conf_secret(conf, "refresh-token", &ret->refresh, ret->text,
			sizeof(ret->text));
		if (r == -ENOENT)
			snprintf(ret->text, sizeof(ret->text),
				"OAuth2: there is no refresh token yet; run: mailchute "
				"login%s%s",
				conf->line ? " " : "", conf->line ? conf->name : "");
	}
	return r;
}

void client_clear(struct client *client)
{
	text_wipe(client->secret);
	text_wipe(client->refresh);
	text_wipe(client->key_file);
}

const char *client_root(const struct client *client)
{
	return client->flow == OAUTH_KEY      ? client->key_file
	       : client->flow == OAUTH_CLIENT ? client->secret
					      : client->refresh;
}

void client_form(const struct client *client, const char *grant_type, struct buf *form)
{
	if (grant_type)
		https_add(form, "grant_type", grant_type);
	if (client->flow == OAUTH_KEY)
		return;
	https_add(form, "client_id", client->conf->oauth_client_id);
	if (client->secret && grant_type)
		https_add(form, "client_secret", client->secret);
}

/* True if the server sent back what it must not: that would be in the log. */
static bool tells(const struct buf *body, const char *secret)
{
	return secret && *secret && body->data &&
	       memmem(body->data, body->len, secret, strlen(secret));
}

/* "OAuth2: HOST ", and then WORDS. */
static void explain(struct client *client, const char *url, const char *words)
{
	const char *host = url + strlen("https://");

	snprintf(client->text, sizeof(client->text), "OAuth2: %.*s %s",
		(int)strcspn(host, "/:?") > 80 ? 80 : (int)strcspn(host, "/:?"), host,
		words);
}

static void explain_refusal(struct client *client, const char *url,
	const struct buf *body, const struct grant *grant)
{
	const struct conf *conf = client->conf;
	char words[CLIENT_TEXT_MAX];
	bool secret = tells(body, client->secret) || tells(body, client->refresh);

	snprintf(words, sizeof(words), "%s%s", secret ? "refuses" : grant->text,
		!grant->no_consent ? ""
		: oauth_has_refresh_token(conf)
			? "; the consent has ended or was taken back: run: mailchute "
			  "login"
			: "; check what the account may do for user, and this machine's "
			  "clock");
	if (grant->no_consent && oauth_has_refresh_token(conf) && conf->line)
		snprintf(words + strlen(words), sizeof(words) - strlen(words), " %s",
			conf->name);
	explain(client, url, words);
}

enum grant_verdict client_post(struct client *client, const char *url, struct buf *form,
	int64_t ms,
	enum grant_verdict (*parse)(
		long status, const char *body, size_t n, struct grant *ret),
	struct grant *ret)
{
	struct buf body = { 0 };
	char words[256];
	long status = 0;
	enum grant_verdict verdict = GRANT_LATER;

	if (https_post(url, client->conf->ca_file, form, ms, &status, &body, words,
		    sizeof(words)) < 0) {
		explain(client, url, words);
	} else {
		verdict = parse(status, body.data ? body.data : "", body.len, ret);
		if (verdict != GRANT_GIVEN)
			explain_refusal(client, url, &body, ret);
	}
	if (body.data)
		explicit_bzero(body.data, body.cap);
	if (form->data)
		explicit_bzero(form->data, form->cap);
	buf_free(&body);
	buf_free(form);
	return verdict;
}

/* The assertion in place of a secret. 0 or -errno and client->text. */
static int add_assertion(struct client *client, struct buf *form)
{
	char words[256], *jwt = NULL;
	int r = jwt_make(client->conf, client->key_file, clock_real_ms() / 1000, &jwt,
		words, sizeof(words));

	if (r < 0) {
		snprintf(client->text, sizeof(client->text), "OAuth2: %s", words);
		return r;
	}
	client_form(client, GRANT_JWT, form);
	https_add(form, "assertion", jwt);
	text_wipe(jwt);
	return 0;
}

enum grant_verdict client_get(
	struct client *client, const char *refresh, int64_t ms, struct grant *ret)
{
	struct buf form = { 0 };

	if (client->flow == OAUTH_KEY) {
		if (add_assertion(client, &form) < 0)
			return GRANT_REFUSED;
	} else if (client->flow == OAUTH_CLIENT) {
		client_form(client, "client_credentials", &form);
		https_add(&form, "scope", client->conf->oauth_scope);
	} else {
		client_form(client, "refresh_token", &form);
		https_add(&form, "refresh_token", refresh);
	}
	return client_post(
		client, client->conf->oauth_token_url, &form, ms, grant_parse_token, ret);
}
