/* SPDX-License-Identifier: ISC */
/* Which account a message goes by. Pure: the lists of mailchute.conf(5) against what is known. */
#ifndef CONF_ROUTE_H
#define CONF_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"

#define ROUTE_UID_UNKNOWN UINT32_MAX

struct route_key {
	const char *sender; /* "": the null sender, which no list has */
	uint32_t uid;	    /* of the submitter, or ROUTE_UID_UNKNOWN */
	const char *user;   /* its name; NULL if it has none */
	const char *recipient;
};

/* True if ADDRESS, or @ and its domain, is in LIST (with commas between). Case makes no difference, also
 * in local parts: no provider has two mailboxes that differ in that. */
bool route_has_address(const char *list, const char *address);

/* True if the user is in LIST, by number or by name. */
bool route_has_user(const char *list, uint32_t uid, const char *user);

/* The number of the account, as conf_account() takes it: that of the first further account that
 * has the sender, the submitter or the recipient in its lists, or 0. */
size_t route_find(const struct conf *conf, const struct route_key *key);

#endif
