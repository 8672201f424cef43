/* SPDX-License-Identifier: ISC */
/* What the parts of the client share: talking to the server within time limits. */
#ifndef WIRE_CLIENT_IO_H
#define WIRE_CLIENT_IO_H

#include "wire/client.h"

/* Allows MS milliseconds from now on. */
void client_allow(struct client *client, int64_t ms);

/* Sends what is buffered, and as reply_read(), all within MS. */
int client_reply(struct client *client, int64_t ms, struct reply *ret);

/* The outcome of a reply to STAGE, for the account that we are (see wire/classify.h). */
struct outcome client_classify(
	const struct client *client, enum stage stage, const struct reply *reply);

/* What went wrong with the connection, for a sentence that goes on behind "relay: ". */
const char *client_error(const struct client *client, int failure);

#endif
