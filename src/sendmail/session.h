/* SPDX-License-Identifier: ISC */
/* An SMTP session (RFC 5321) in which each message becomes a submission. */
#ifndef SENDMAIL_SESSION_H
#define SENDMAIL_SESSION_H

#include "sendmail/submission.h"

struct session_limits {
	uint64_t message;  /* octets; 0: any */
	size_t recipients; /* of a message */
};

/*
 * Speaks SMTP on standard input and output until QUIT or the client's end, with *S for the messages
 * (a submission as good as new). EX_OK, also when the client left between messages; else a status of sysexits.h
 * with the reason in S->trouble.
 */
int session_run(const struct session_limits *limits, struct submission *s);

#endif
