/* SPDX-License-Identifier: ISC */
/* Runs mailchute-token, which alone speaks to those who issue access tokens. */
#ifndef COURIER_TOKEN_H
#define COURIER_TOKEN_H

#include <stdint.h>

#include "conf/conf.h"

enum token_task {
	TOKEN_GET,  /* an access token: the one that is kept, if it is good for a while */
	TOKEN_ANEW, /* one that is not kept, because that one was refused */
	TOKEN_LOGIN, /* asks for consent, with IN as its input: a refresh token, or "" */
};

/*
 * For the account CONF, which has "oauth" set; after MS milliseconds it is killed. *RET_TOKEN, which
 * the caller wipes and frees, and 1 if it was kept from before, else 0; or words in ERROR and -EAGAIN
 * if it may go better later, else another -errno.
 */
int token_ask(const struct conf *conf, enum token_task task, int in, int64_t ms,
	char **ret_token, char *error, size_t error_size);

#endif
