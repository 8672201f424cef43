/* SPDX-License-Identifier: ISC */
/* Jobs in, reports out, over one connection at a time to the configured provider. */
#ifndef COURIER_RELAY_H
#define COURIER_RELAY_H

#include <stdbool.h>

#include "conf/conf.h"
#include "courier/uplink.h"
#include "mail/job.h"

struct errand;

/* Takes a report. 0 or -errno: then no more is wanted. */
typedef int (*relay_report)(
	void *context, const struct job *job, const struct report *report);

struct relay {
	struct uplink uplink;
	struct errand
		*errands; /* a ring: the jobs that are not reported yet, in their order */
	size_t size, head, count;
	bool stopped; /* link or account are of no use now: nothing more is tried */
	relay_report report;
	void *context;
};

/*
 * CONF must outlive it; KEEPER is of keeper_start(), and is closed with it; GEAR is the highest to try.
 * Each job gets its report, in the order of the jobs. Connects to nothing yet. 0 or -ENOMEM.
 */
int relay_init(struct relay *relay, const struct conf *conf, int keeper, enum gear gear,
	relay_report report, void *context);

/*
 * Sends JOB's message, which stands in FD, as far as that goes without waiting for the provider;
 * connects if need be. Takes over both. If link or account are of no use now, somebody is reported as
 * not attempted, and of all further jobs everybody. 0, or the -errno of a report.
 */
int relay_start(struct relay *relay, struct job *job, int fd);

/* Waits until all jobs are reported. 0, or the -errno of a report. */
int relay_finish(struct relay *relay);

void relay_close(struct relay *relay);

#endif
