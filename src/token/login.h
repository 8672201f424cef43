/* SPDX-License-Identifier: ISC */
/* The ways in which a person consents. Both talk on standard error, and wait for so long: */
#ifndef TOKEN_LOGIN_H
#define TOKEN_LOGIN_H

#include "token/client.h"

#define LOGIN_WAIT_MS INT64_C(900000)

/* By a browser that comes back to this machine, or whose last address is typed in (RFC 8252). */
enum grant_verdict login_code(struct client *client, struct grant *ret);

/* By a code that is typed in on another device (RFC 8628). */
enum grant_verdict login_device(struct client *client, struct grant *ret);

#endif
