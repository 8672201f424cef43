/* SPDX-License-Identifier: ISC */
/* The presets: what is known of each provider, one row each. */
#ifndef CONF_PROVIDER_H
#define CONF_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct provider {
	const char *name;  /* as in provider = "..." */
	const char *title; /* for people */
	const char *host;  /* %s stands for the region, where there is one */
	uint16_t port;
	uint8_t tls; /* enum conf_tls */
	uint8_t max_connections;
	uint16_t max_messages;	 /* a connection */
	uint16_t max_recipients; /* a transaction */
	bool null_sender;	 /* MAIL FROM:<> is taken, which bounces have */
	const char *user;	 /* a user name that is the same for everybody, or NULL */
	const char *user_advice; /* what to use as user */
	const char *secret_advice; /* what to use as password */
};

/* The preset of that name, or NULL. */
const struct provider *provider_find(const char *name);

/* The presets in order of name; *COUNT is how many. */
const struct provider *provider_list(size_t *count);

#endif
