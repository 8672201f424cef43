/* SPDX-License-Identifier: ISC */
/*
 * The flusher as a whole: one event loop that watches the spool, hands messages to couriers and
 * settles what they report. It has no network, no TLS and no credential.
 */
#ifndef FLUSHER_FLUSHER_H
#define FLUSHER_FLUSHER_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "conf/conf.h"
#include "flusher/account.h"
#include "flusher/alert.h"
#include "flusher/alias_file.h"
#include "flusher/flush.h"
#include "flusher/notice.h"
#include "flusher/publish.h"
#include "flusher/queue.h"
#include "flusher/store.h"

#define START_RETRY_MS 10000 /* when couriers cannot be started or crash */

struct worker;

struct flusher {
	const char *conf_path;
	bool verbose;
	bool foreground; /* stays when the queue is empty */
	struct conf *conf;
	struct alias_file alias_file;
	struct store store;
	struct queue queue;
	struct accounts accounts;
	int rates_error; /* why they are not noted on disk; 0: they are */
	size_t turn;	 /* number of the account that is next */
	struct flush flush;
	struct alerts alerts;
	struct publisher publisher;
	struct worker *workers; /* a list */
	sd_event *event;
	sd_event_source *timer;
	sd_event_source *watch;	 /* on new/ */
	int64_t empty_since_ms;	 /* monotonic; the queue has been empty since */
	struct delivery *parked; /* others have their turn between two batches of it */
	struct notice_budget notices[NOTICE_BUDGETS];
	int64_t hold_until_ms; /* no message can be opened, probably (monotonic) */
	unsigned shortages;    /* holds in a row */
	size_t in_flight;      /* messages that couriers have */
	uid_t left_uid;	       /* whose mail was left in new/ and told of, until: */
	int64_t left_ms;
	struct walk scan;   /* through new/, while that is under way */
	bool scan_again;    /* something may be behind it already */
	int64_t scan_at_ms; /* something was not seen; again then (monotonic); 0: no */
	int scan_error;	    /* why, which was logged; 0: all was seen */
	size_t stuck;	    /* entries of new/ that nothing can be done about */
	bool stopping;
	unsigned crashes; /* couriers that died in a row, with nothing reported between */
};

/* Loads the spool and runs until it is told to leave. 0 or -errno (logged). */
int flusher_run(struct flusher *f);

/* Hands out what can be handed out now and sets the timer. Called whenever something changed. */
void flusher_dispatch(struct flusher *f);

/* The message is done. */
void flusher_forget(struct flusher *f, struct message *m);

#endif
