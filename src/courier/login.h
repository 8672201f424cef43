/* SPDX-License-Identifier: ISC */
/* From the configuration of an account to what the client needs to log in there. */
#ifndef COURIER_LOGIN_H
#define COURIER_LOGIN_H

#include "conf/conf.h"
#include "wire/client.h"

/* The options for CONF, which has to outlive them; without a TLS context and a password. */
struct client_options login_options(const struct conf *conf);

/* Overwrites and frees a password; NULL is fine. */
void login_wipe(char *password);

#endif
