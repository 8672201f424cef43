/* SPDX-License-Identifier: ISC */
/*
 * cur/ID.state: what is known of a message that was tried and is not done. Replaced as a whole. A
 * line for each address that has not got it, in the order of the envelope:
 *
 *	mailchute-state 1
 *	attempts 3
 *	next 1764000000000
 *	waited 1800000
 *	since 1763990000000
 *	crashes 1
 *	notified
 *	pending 0 <a@example.org> 452 4.2.2 mailbox full
 *	failed 1 <b@example.org> 550 5.1.1 no such user
 *
 * "since" is when it was first deferred: the time of the message file is its submitter's to set.
 * "crashes" stands there when couriers died of the message, "notified" when the sender was told that
 * it is late. The number tells which
 * recipient of the envelope, counted from 0, the address stands for; an alias may have made several
 * of one. While a local user's mail leads nowhere, lines that start with "done" name those who have
 * got the message, so that they do not get it again when it leads to them. Lines that were added
 * behind the others, done or failed, stand for the pending ones of the same addresses: a file with
 * many recipients is not written anew for each batch.
 */
#ifndef MAIL_STATE_H
#define MAIL_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "mail/envelope.h"
#include "mail/outcome.h"

#define STATE_SUFFIX ".state"

enum recipient_status {
	RECIPIENT_PENDING,
	RECIPIENT_FAILED,
	RECIPIENT_RELAYED, /* delivered, and the sender wants to know; written as done */
	RECIPIENT_DONE, /* delivered or returned; mostly not written: absence says it */
};

struct recipient {
	size_t origin; /* place in the envelope of whom it stands for */
	char *address; /* that is sent to */
	enum recipient_status status;
	bool stuck; /* a local user whose mail leads nowhere as yet; not written */
	int code;   /* of the last reply; 0: none */
	char *text; /* of the last reply, printable; NULL: never tried */
	char enhanced[16];
};

struct state {
	unsigned attempts;
	int64_t next_ms;   /* when to try again, milliseconds since the epoch */
	int64_t waited_ms; /* between the tries so far, whatever the clock says */
	int64_t since_ms; /* when it was first deferred, milliseconds since the epoch; 0: never */
	unsigned crashes; /* couriers that died of it */
	bool notified;	  /* its sender was told that it is late */
	bool stuck;	  /* a recipient is, or was when it was written */
	struct recipient *recipients;
	size_t count;
};

/* Appends the file's contents to *OUT (check buf_failed()). */
void state_format(const struct state *state, struct buf *out);

/* Appends what may be added to the file when the recipients from FROM up to TO, exclusive, were
 * tried (check buf_failed()). */
void state_format_settled(
	const struct state *state, size_t from, size_t to, struct buf *out);

/* Reads them. 0 and *RET, to be ended with state_clear(); -EBADMSG or -ENOMEM. */
int state_parse(const char *s, size_t n, struct state *ret);

/* Reads the file of the message ID in DIR_FD, which is cur/. The same; or another -errno. */
int state_read(int dir_fd, const char *id, struct state *ret);

/* All recipients of an envelope as pending. 0 or -ENOMEM. */
int state_from_envelope(const struct envelope *envelope, struct state *ret);

/* Notes what became of a recipient. 0 or -ENOMEM (then the text is missing). */
int recipient_settle(struct recipient *recipient, const struct outcome *outcome);

size_t state_count(const struct state *state, enum recipient_status status);

void state_clear(struct state *state);

#endif
