/* SPDX-License-Identifier: ISC */
/*
 * Trouble that somebody has to know of, by channels that are not the broken mail: the journal (an
 * error with a MESSAGE_ID, which the catalog explains), the service's status line, the file that
 * `mailchute status` reads, and a command of the administrator's. Each trouble is told once, and
 * once more when it is over.
 */
#ifndef FLUSHER_ALERT_H
#define FLUSHER_ALERT_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "conf/conf.h"
#include "mail/outcome.h"
#include "mail/status.h"

enum alert_kind {
	ALERT_LOGIN,  /* the account is refused */
	ALERT_QUOTA,  /* its allowance is used up */
	ALERT_LINK,   /* no way to the provider, for some time */
	ALERT_RATE,   /* what the configuration lets it send is used up for long */
	ALERT_SENDER, /* a sender is refused */
	ALERT_SPOOL,  /* the queue cannot be written */
};

#define ALERTS_MAX 32 /* at a time; more are not told */

/* Starts zeroed, but for the event loop. */
struct alerts {
	sd_event *event;
	struct alert {
		enum alert_kind kind;
		char account[CONF_ACCOUNT_MAX + 1]; /* "": it is not about one */
		bool there;			    /* there is trouble */
		bool told;			    /* and it was told */
		int64_t since_ms;		    /* monotonic */
		int64_t since_s;		    /* since the epoch */
		char text[OUTCOME_TEXT_MAX];
	} list[ALERTS_MAX];
	unsigned changes; /* counts what the outside can see */
};

/* There is trouble with the ACCOUNT ("": with none), as TEXT says: told now, or when it has lasted
 * if it may pass by itself. */
void alert_raise(
	struct alerts *a, enum alert_kind kind, const char *account, const char *text);

/* It is over. */
void alert_clear(struct alerts *a, enum alert_kind kind, const char *account);

/* The accounts may be others now: trouble with one that is gone is over. */
void alert_keep(struct alerts *a, const struct conf *conf);

/* Tells what is to be told by now. */
void alert_run(struct alerts *a, const struct conf *conf);

/* When alert_run() has something to do (monotonic), or -1. */
int64_t alert_due(const struct alerts *a, const struct conf *conf);

/* The text of what was told and is not over, the most important first; NULL if all is well. */
const char *alert_text(const struct alerts *a);

/* Puts what was told and is not over into *STATUS. */
void alert_report(const struct alerts *a, struct status *status);

#endif
