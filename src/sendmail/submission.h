/* SPDX-License-Identifier: ISC */
/*
 * One message on its way into the queue. The caller says from whom and to whom, then gives the
 * message piece by piece as it comes; the header section is put in order when it is complete, the
 * rest passes through in constant memory. Nothing is queued before submission_commit() says so.
 */
#ifndef SENDMAIL_SUBMISSION_H
#define SENDMAIL_SUBMISSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "mail/spool.h"
#include "mail/wireform.h"
#include "sendmail/handover.h"
#include "sendmail/trouble.h"

struct submission {
	/* set by the caller */
	struct envelope
		envelope;     /* sender and submitter; recipients: see submission_add() */
	struct buf full_name; /* for a From that has to be made; empty: none */
	bool from_header;     /* recipients also from To, Cc and Bcc */
	struct buf parameters; /* DSN parameters of recipients without their own */
	struct buf trace;      /* fields to put in front of the header */

	struct trouble trouble; /* after a failure */

	/* its own */
	struct drop drop;
	struct handover handover; /* open where the spool cannot be written */
	struct wireform wire;
	struct buf header;  /* the section, as far as it has come */
	struct buf pending; /* in wire form, not yet written */
	size_t searched;    /* of these, while they are the header; see section_take() */
	bool head_written;
};

/* Each returns EX_OK or a status of sysexits.h with the reason in trouble. */

/* One more recipient, copied; the DSN parameters as in SMTP, or NULL. */
int submission_add(struct submission *s, const char *address, const char *parameters);

/* All in LIST, with the parameters in S. */
int submission_add_list(struct submission *s, const struct address_list *list);

/* Opens the spool, or the submit service where the caller is shut off from it. */
int submission_open(struct submission *s);

/* The next N octets, as they came: with any line ends. */
int submission_write(struct submission *s, const char *bytes, size_t n);

/* The message is whole: puts it into the queue, durably. */
int submission_commit(struct submission *s);

/* Forgets all of it, and takes back what is not committed; *S is as good as new. */
void submission_clear(struct submission *s);

#endif
