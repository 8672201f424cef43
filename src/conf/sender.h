/* SPDX-License-Identifier: ISC */
/* As whom a message is sent: what rewrite, user-senders and allowed-senders say. Pure. */
#ifndef CONF_SENDER_H
#define CONF_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "mail/address.h"

#define SENDER_RULE_MAX 1000 /* octets of one item in a list of rules */

/* Takes "LEFT MARK RIGHT" (SENDER_RULE_MAX at most) apart, without the blanks around the two. False
 * if one is missing. */
bool sender_rule_split(const char *rule, const char *mark, char left[SENDER_RULE_MAX + 1],
	char right[SENDER_RULE_MAX + 1]);

/* What rewrite makes of ADDRESS: in TO, or ADDRESS itself. Of the rules one for the whole address
 * goes before one for its domain. What would be too long is not done. */
const char *sender_map(
	const struct conf *conf, const char *address, char to[ADDRESS_MAX + 1]);

/* Who submitted a message, as the kernel says. */
struct sender_user {
	uint32_t uid;	  /* or ROUTE_UID_UNKNOWN */
	const char *name; /* NULL if it has none */
};

/* True if user-senders lets the user send as ADDRESS (after rewrite). Who is not known has what is granted
 * to all. */
bool sender_is_allowed(
	const struct conf *conf, const struct sender_user *user, const char *address);

/* True if mail of the user goes by the account as that of ADDRESS (after rewrite); false if it has
 * to go as that of conf->from, which is set then. */
bool sender_is_kept(
	const struct conf *conf, const struct sender_user *user, const char *address);

#endif
