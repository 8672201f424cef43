/* SPDX-License-Identifier: ISC */
/* Jobs in, reports out, over one connection at a time to the configured provider. */
#ifndef COURIER_RELAY_H
#define COURIER_RELAY_H

#include <stdbool.h>

#include "conf/conf.h"
#include "mail/job.h"
#include "wire/client.h"

struct relay {
	const struct conf *conf;
	struct tls_context *tls; /* made with the first connection */
	struct client_options options;
	struct client client;
	int keeper;	/* see courier/keeper.h; or -1 */
	char *said;	/* what the account's command said last; NULL: nothing yet */
	unsigned given; /* messages on this connection */
	bool stopped;	/* link or account are of no use now: nothing more is tried */
};

/* CONF must outlive it; KEEPER is of keeper_start(), and is closed with it; GEAR is the highest to try.
 * Connects to nothing yet. */
void relay_init(struct relay *relay, const struct conf *conf, int keeper, enum gear gear);

/*
 * Sends JOB's message, which stands in FD, and fills in *REPORT. Connects if need be; once more if
 * the server has closed a connection that served another message before. If link or account are of no
 * use now, somebody is reported as not attempted, and of all further jobs everybody.
 */
void relay_job(struct relay *relay, const struct job *job, int fd, struct report *report);

void relay_close(struct relay *relay);

#endif
