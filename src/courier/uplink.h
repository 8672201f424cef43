/* SPDX-License-Identifier: ISC */
/* The courier's connection to the configured provider: made when it is needed, and made anew. */
#ifndef COURIER_UPLINK_H
#define COURIER_UPLINK_H

#include <stdbool.h>

#include "conf/conf.h"
#include "wire/client.h"

struct uplink {
	const struct conf *conf;
	struct tls_context *tls; /* made with the first connection */
	struct client_options options;
	struct client client;
	int keeper;	/* see courier/keeper.h; or -1 */
	char *said;	/* what the account's command said last; NULL: nothing yet */
	unsigned given; /* messages on this connection */
	bool shifted;	/* the server did not bear a higher gear than options.gear */
};

/* CONF must outlive it; KEEPER is closed with it; GEAR is the highest to try. Connects to nothing yet. */
void uplink_init(
	struct uplink *uplink, const struct conf *conf, int keeper, enum gear gear);

/* True if the connection has carried as many messages as it may: what is under way has to be settled
 * before uplink_connect(). */
bool uplink_is_used_up(const struct uplink *uplink);

/* Sees to it that there is a connection for one more message. 0, or -errno and *TROUBLE. */
int uplink_connect(struct uplink *uplink, struct outcome *trouble);

void uplink_close(struct uplink *uplink);

#endif
