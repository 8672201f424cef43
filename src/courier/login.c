/* SPDX-License-Identifier: ISC */
#include "courier/login.h"

#include <stdlib.h>
#include <string.h>

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
	return (struct client_options){
		.host = conf->host,
		.port = conf->port,
		.tls = client_tls(conf->tls),
		.hello = conf->hostname,
		.user = conf->user,
		.auth = sasl_find(conf->auth, strlen(conf->auth)),
		.provider = conf->provider ? conf->provider->name : "",
	};
}

void login_wipe(char *password)
{
	if (password)
		explicit_bzero(password, strlen(password));
	free(password);
}
