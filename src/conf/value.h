/* SPDX-License-Identifier: ISC */
/*
 * The forms that values of mailchute.conf(5) have. Pure. A value_refuse_ function returns NULL for
 * a value that fits, else the end of a sentence: what the value is not, and what to do.
 */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include <stdbool.h>

#include "base/buf.h"

const char *value_refuse_account(const char *value); /* its name */
const char *value_refuse_region(const char *value);
const char *value_refuse_host(const char *value);     /* a name or an address */
const char *value_refuse_hostname(const char *value); /* a name only */
const char *value_refuse_path(const char *value);
const char *value_refuse_tls_min(const char *value);
const char *value_refuse_fingerprints(
	const char *value); /* SHA-256 in hex, with commas between */
const char *value_refuse_command(const char *value);
const char *value_refuse_user(const char *value);
const char *value_refuse_rate(const char *value); /* see conf/rate.h */
const char *value_refuse_auth(const char *value); /* a SASL mechanism, see base/sasl.h */
const char *value_refuse_address(
	const char *value); /* local@domain, RFC 5321 section 4.1.2 */
const char *value_refuse_addresses(const char *value); /* with commas between */
const char *value_refuse_patterns(const char *value);  /* the same, or "@domain" */
const char *value_refuse_rewrite(const char *value); /* "address -> address", the same */
const char *value_refuse_field(const char *value);
const char *value_refuse_user_senders(
	const char *value); /* "user: addresses", the same */
const char *value_refuse_users(
	const char *value); /* names or numbers, with commas between */

/* "30s", "5m", "4h", "2d" or plain seconds. 0 and *RET, or -EINVAL or -ERANGE. */
int value_parse_duration(const char *value, unsigned *ret_seconds);

/* In the largest unit that leaves no rest. */
void value_format_duration(unsigned seconds, struct buf *out);

/* localhost, 127.0.0.0/8 or ::1. */
bool value_is_loopback(const char *host);

/* How many letters to add, drop or replace to make B from A, without regard to case; names that
 * are too long to compare are far away. */
unsigned value_distance(const char *a, const char *b);

#endif
