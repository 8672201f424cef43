/* SPDX-License-Identifier: ISC */
/*
 * How a message gets into the spool, by a process that may only create files there.
 *
 * The file is written under no name at all (O_TMPFILE) or in tmp/, appears in new/ under its queue
 * ID in one step when it is complete, and is synced after that: only then is the name durable too
 * (see mailchute-queue(7)). A process that dies before leaves nothing in new/.
 */
#ifndef MAIL_SPOOL_H
#define MAIL_SPOOL_H

#include <stdbool.h>

#define SPOOL_ID_LENGTH 12
#define SPOOL_ID_SIZE	(SPOOL_ID_LENGTH + 1)
#define SPOOL_PATH_MAX	4096
#define SPOOL_DRAWS	100	/* of an ID, until one is free */
#define SPOOL_FLUSH	"flush" /* an entry of new/ that is a wish: try everything now */

/* A message on its way in. */
struct drop {
	const char *spool;
	int fd; /* where envelope and message are written; owned */
	char id[SPOOL_ID_SIZE];
	char temporary[SPOOL_PATH_MAX]; /* "" while the file has no name */
};

/* What went wrong, so that a sentence can name it. */
enum drop_step {
	DROP_OPEN,
	DROP_LINK,
	DROP_SYNC,
};

/* The spool in use: $MAILCHUTE_SPOOL or the built-in one. */
const char *spool_path(void);

/* True if NAME has the form of a queue ID: upper-case hexadecimal digits, as many as always. */
bool spool_id_valid(const char *name);

/* Draws a queue ID. Later TRIES reach further, past IDs that somebody has taken on purpose. */
void spool_draw_id(char id[SPOOL_ID_SIZE], unsigned tries);

/* Asks the flusher to try everything now. 0, also if somebody has asked already; or -errno. */
int spool_ask_flush(const char *spool);

/* Starts a message. SPOOL is kept, not copied. 0, or -errno and nothing to abort. */
int drop_open(struct drop *drop, const char *spool);

/*
 * Puts the message into the queue. 0: it is there durably. -errno: it is not, or was taken back (a
 * flusher may have been quicker), and *FAILED tells at which step. The drop is over either way.
 */
int drop_commit(struct drop *drop, enum drop_step *failed);

/* Gives the message up and leaves nothing behind. */
void drop_abort(struct drop *drop);

#endif
