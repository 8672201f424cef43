/* SPDX-License-Identifier: ISC */
/* The assertion of a service account (RFC 7523 section 3), signed with its key. */
#ifndef TOKEN_JWT_H
#define TOKEN_JWT_H

#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"

/*
 * KEY_FILE is the JSON text that Google makes; SUBJECT is conf->user, AUDIENCE the token endpoint, NOW_S
 * the time since the epoch. 0 and *RET, which the caller wipes and frees; or -EINVAL or -ENOMEM and
 * words in ERROR.
 */
int jwt_make(const struct conf *conf, const char *key_file, int64_t now_s, char **ret,
	char *error, size_t error_size);

#endif
