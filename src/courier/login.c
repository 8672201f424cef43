/* SPDX-License-Identifier: ISC */
#include "courier/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "base/log.h"
#include "base/text.h"
#include "courier/provider_secret.h"
#include "courier/token.h"

static enum client_tls client_tls(enum conf_tls tls)
{
	switch (tls) {
	case CONF_TLS_STARTTLS: return CLIENT_TLS_STARTTLS;
	case CONF_TLS_IMPLICIT: return CLIENT_TLS_IMPLICIT;
	case CONF_TLS_NONE: break;
	}
	return CLIENT_TLS_NONE;
}

struct client_options login_options(const struct conf *conf)
{
	const struct provider *p = conf->provider;

	return (struct client_options){
		.host = conf->host,
		.port = conf->port,
		.tls = client_tls(conf->tls),
		.hello = conf->hostname,
		.user = conf->user,
		.token = conf_has_token(conf),
		.auth = sasl_find(conf->auth, strlen(conf->auth)),
		.user_is_secret = strcmp(conf->user, PROVIDER_USER_IS_SECRET) == 0,
		.mechanisms = p ? p->mechanisms : 0,
		.provider = p ? p->name : "",
		.secret_advice = p ? p->secret_advice : NULL,
		.gear = GEAR_CHUNKING,
	};
}

/* The place of PORT among the preset's, or -1; also if the file sets a port, which then is the only one. */
static int port_place(const struct conf *conf, uint16_t port)
{
	const struct provider *p = conf->provider;

	if (conf->lines[CONF_KEY_PORT] >= 0)
		return -1;
	for (int i = 0; i < (int)provider_port_count(p); i++) {
		if (p->ports[i] == port)
			return i;
	}
	return -1;
}

void login_set_port(
	const struct conf *conf, uint16_t port, struct client_options *options)
{
	enum conf_tls tls;

	if (port_place(conf, port) < 0 || !conf_port_tls(port, &tls))
		return;
	options->port = port;
	options->tls = client_tls(tls);
}

/* The preset's next port, the first one behind the last; or PORT itself. */
static uint16_t port_behind(const struct conf *conf, uint16_t port)
{
	const struct provider *p = conf->provider;
	int place = port_place(conf, port);

	return place < 0 ? port : p->ports[((size_t)place + 1) % provider_port_count(p)];
}

int login_open(const struct conf *conf, struct client_options *options,
	struct client *client, struct outcome *trouble)
{
	uint16_t first = options->port;

	for (;;) {
		uint16_t next = port_behind(conf, options->port);
		int r;

		options->hurry = next != first;
		r = client_open(client, options, trouble);
		if (r == 0 || !client->unreached)
			return r;
		login_set_port(conf, next, options);
		if (next == first)
			return r;
		log_warning("%s; trying port %u", trouble->text, next);
	}
}

int login_tls(
	const struct conf *conf, struct tls_context **ret, char *error, size_t error_size)
{
	struct tls_client_settings settings = {
		.ca_file = conf->ca_file,
		.fingerprints = conf->tls_fingerprint,
		.certificate_file = conf->tls_client_cert,
		.tls13 = strcmp(conf->tls_min, "1.3") == 0,
	};
	char *key = NULL;
	int r = 0;

	if (conf->tls == CONF_TLS_NONE) {
		*ret = NULL;
		return 0;
	}
	if (*conf->tls_client_cert)
		r = conf_client_key(conf, &key, error, error_size);
	settings.key = key;
	if (r == 0)
		r = tls_client_context(&settings, ret, error, error_size);
	text_wipe(key);
	return r;
}

bool login_has_secret(const struct conf *conf)
{
	return *conf->user && sasl_find(conf->auth, strlen(conf->auth)) != SASL_EXTERNAL;
}

static const char *login_command(const struct conf *conf)
{
	return *conf->token_command ? conf->token_command : conf->password_command;
}

bool login_needs_program(const struct conf *conf)
{
	return *login_command(conf) || *conf->oauth;
}

static int ask_command(const struct conf *conf, int64_t ms, char **ret_secret,
	char *error, size_t error_size)
{
	const char *command = login_command(conf);
	char words[128];
	int r = command_line(command, ms, ret_secret, words, sizeof(words));

	if (r < 0)
		snprintf(error, error_size,
			"%s %s; run it by hand as the user that this runs as: %.200s",
			*conf->token_command ? "token-command" : "password-command",
			words, command);
	return r;
}

int login_secret(const struct conf *conf, bool anew, int64_t ms, char **ret_secret,
	char *error, size_t error_size)
{
	char *secret = NULL;
	int r;

	if (*conf->oauth)
		r = token_ask(conf, anew ? TOKEN_ANEW : TOKEN_GET, -1, ms, &secret, error,
			error_size);
	else if (*login_command(conf))
		r = ask_command(conf, ms, &secret, error, error_size);
	else
		r = conf_password(conf, &secret, error, error_size);
	if (r == 0 && !conf_has_token(conf)) {
		r = provider_secret(conf->host, &secret);
		if (r < 0)
			snprintf(error, error_size, "the password: %s", strerror(-r));
	}
	if (r >= 0)
		*ret_secret = secret;
	else
		text_wipe(secret);
	return r;
}
