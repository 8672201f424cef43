/* SPDX-License-Identifier: ISC */
/*
 * Tells what waits in the queue: mailq, sendmail -bp and -bP, mailchute queue. Reads the spool as it
 * is and changes nothing.
 */
#ifndef MAIL_LISTING_H
#define MAIL_LISTING_H

enum listing_form {
	LISTING_TEXT,  /* the layout of Postfix' mailq, which tools parse */
	LISTING_JSON,  /* an object a line, as postqueue -j has it */
	LISTING_COUNT, /* the number of messages */
};

/*
 * Writes the messages in SPOOL to FD, the oldest first, as they are read. Who may not read the
 * queue gets the totals that the flusher published, and with LISTING_JSON -EACCES. 0, also when
 * nobody reads FD any more; or -errno.
 */
int listing_write(const char *spool, enum listing_form form, int fd);

#endif
