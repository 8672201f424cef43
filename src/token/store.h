/* SPDX-License-Identifier: ISC */
/*
 * What is kept between two connections, in a file of the service's own: the access token, and the
 * refresh token that its issuer gave in place of the stored one. A file belongs to the secret and the
 * settings that it came from (origin); when these are changed it counts as none.
 */
#ifndef TOKEN_STORE_H
#define TOKEN_STORE_H

#include <stdint.h>

#include "conf/conf.h"

#define STORE_ORIGIN_MAX 65

struct store {
	int dir;  /* -1: there is no place, nothing is kept */
	int lock; /* held until store_close(), so that a refresh token is used once */
	char name[CONF_ACCOUNT_MAX + 16];
	char origin[STORE_ORIGIN_MAX];
	char *access; /* NULL: none */
	int64_t expires_ms;
	char *refresh;
};

/* The directory: $STATE_DIRECTORY, as systemd gives it, or the default one. */
const char *store_path(void);

/* Waits for others of the account for at most MS milliseconds. 0 (also without a place), -ETIMEDOUT,
 * -ENOMEM. End with store_close(). */
int store_open(
	const struct conf *conf, const char *secret, int64_t ms, struct store *ret);

/* Writes down what has changed. 0 or -errno. */
int store_save(struct store *store);

void store_close(struct store *store);

#endif
