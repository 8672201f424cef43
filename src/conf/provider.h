/* SPDX-License-Identifier: ISC */
/* The presets: what is known of each provider, one row each. */
#ifndef CONF_PROVIDER_H
#define CONF_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define PROVIDER_PORTS_MAX 5

/* As user: the login has the password in place of a name too. */
#define PROVIDER_USER_IS_SECRET "(the password)"

/* What a row leaves out (0, NULL) is not known, and the built-in value holds. */
struct provider {
	const char *name;    /* as in provider = "..." */
	const char *aliases; /* other names for it, with commas between */
	const char *title;   /* for people */
	const char *host;    /* %s stands for the region, where there is one */
	const char *region;  /* taken unless another one is set; NULL: it has to be set */
	const char *region_like; /* where it has to be set: one that there is */
	uint16_t ports
		[PROVIDER_PORTS_MAX]; /* the best first; TLS: as conf_port_tls() has it */
	uint16_t max_messages;	      /* a connection */
	uint16_t max_recipients;      /* a transaction */
	const char *rate;	      /* that all its accounts have, as in rate = "..." */
	uint16_t connections;	      /* so many at once are allowed by the provider */
	uint16_t size_mb;	      /* so large may a message be, with its encoding */
	bool null_sender;	      /* MAIL FROM:<> is taken, which bounces have */
	unsigned mechanisms;	      /* a bit for each that may be used; 0: all */
	const char *
		user; /* a user name for everybody, or PROVIDER_USER_IS_SECRET, or NULL */
	bool user_free;		   /* another user may be set nevertheless */
	const char *user_advice;   /* what to use as user */
	const char *secret_advice; /* what to use as password */
	const char *secret_not; /* a pattern for fnmatch(3) of what people take for it */
	const char *sender_advice; /* what it lets an account send as */
	const char *oauth;	   /* whose access tokens it takes, as in oauth = "..." */
	const char *header;	   /* a field that tells it something, for an example */
	const char *note;	   /* what else there is to know */
	const char *url;	   /* its own page about this */
};

/* The preset of that name or alias, or NULL. */
const struct provider *provider_find(const char *name);

/* Appends, behind "there is no such preset", which others may be meant by NAME and where all are. */
void provider_suggest(const char *name, struct buf *out);

/* The presets in order of name; *COUNT is how many. */
const struct provider *provider_list(size_t *count);

/* True if it takes access tokens, and no password. */
bool provider_wants_token(const struct provider *p);

/* How many of its ports there are. */
size_t provider_port_count(const struct provider *p);

#endif
