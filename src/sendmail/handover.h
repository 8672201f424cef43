/* SPDX-License-Identifier: ISC */
/*
 * Hands a message to the submit service, which has a spool that it can write: the way in for
 * callers in a sandbox or container that shuts the spool off. SMTP on a local socket; the service
 * knows the caller from the kernel. All waits for it are bounded.
 */
#ifndef SENDMAIL_HANDOVER_H
#define SENDMAIL_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/envelope.h"
#include "sendmail/trouble.h"
#include "wire/stream.h"

struct handover {
	bool open;
	const char *path;
	struct stream stream;
};

/* The service's socket: $MAILCHUTE_SUBMIT, else, for the built-in spool, the built-in one; NULL if
 * there is none. */
const char *handover_path(void);

/* Connects to the service at PATH (kept) and is greeted. 0, or -errno and nothing to close. */
int handover_open(struct handover *h, const char *path);

/* The others return EX_OK, or a status of sysexits.h with the reason in *TROUBLE. */

/* Sender and recipients. */
int handover_envelope(
	struct handover *h, const struct envelope *envelope, struct trouble *trouble);

/* The next N octets of the message. */
int handover_write(
	struct handover *h, const char *bytes, size_t n, struct trouble *trouble);

/* The message is whole: EX_OK when the service has queued it durably. */
int handover_commit(struct handover *h, struct trouble *trouble);

/* Ends the connection; what was not committed is forgotten. */
void handover_close(struct handover *h);

#endif
