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

#endif
