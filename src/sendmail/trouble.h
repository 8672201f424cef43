/* SPDX-License-Identifier: ISC */
/* What stood in the way of a message: an exit status (sysexits.h) and one sentence for people. */
#ifndef SENDMAIL_TROUBLE_H
#define SENDMAIL_TROUBLE_H

struct trouble {
	int status;
	char text[1000]; /* one line, without control characters */
};

/* Fills in *TROUBLE and returns STATUS. */
int trouble_set(struct trouble *trouble, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* EX_TEMPFAIL, for want of memory. */
int trouble_memory(struct trouble *trouble);

/* A system call in the spool failed with ERROR (-errno): what that means for the caller, and what
 * there is to do about it. WHAT ends where the path follows. */
int trouble_spool(
	struct trouble *trouble, const char *what, const char *spool, int error);

/* Tells it on stderr: one line, in one write. */
void trouble_report(const struct trouble *trouble);

#endif
