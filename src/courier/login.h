/* SPDX-License-Identifier: ISC */
/* From the configuration of an account to what the client needs to log in there. */
#ifndef COURIER_LOGIN_H
#define COURIER_LOGIN_H

#include "conf/conf.h"
#include "wire/client.h"

/* The options for CONF, which has to outlive them; without a TLS context and a password. */
struct client_options login_options(const struct conf *conf);

/* Has the first of the preset's ports be PORT, if it is one of them and the file sets none. */
void login_set_port(
	const struct conf *conf, uint16_t port, struct client_options *options);

/* As client_open(). Where a port cannot be reached, over the next one that the preset has, which
 * stays in OPTIONS. */
int login_open(const struct conf *conf, struct client_options *options,
	struct client *client, struct outcome *trouble);

/* What the connections need to know for TLS: nothing (NULL) without TLS. CONF has to outlive it. 0,
 * or -errno and words in ERROR. */
int login_tls(const struct conf *conf, struct tls_context **ret, char *error,
	size_t error_size);

/* True if the login is one with a secret. */
bool login_has_secret(const struct conf *conf);

#define LOGIN_COMMAND_MS CLIENT_WAIT(30000)

/* True if the secret comes from a program: a command, or mailchute-token. */
bool login_needs_program(const struct conf *conf);

/*
 * The password or token: from a program, which has MS milliseconds, or from where conf_password() finds
 * it. ANEW: the last one was refused. *RET_SECRET, which the caller ends with text_wipe(), and 1 if it is
 * a token from before, else 0; or -errno and words in ERROR: -EAGAIN if it is no fault of the account.
 */
int login_secret(const struct conf *conf, bool anew, int64_t ms, char **ret_secret,
	char *error, size_t error_size);

#endif
