/* SPDX-License-Identifier: ISC */
/*
 * What flusher and courier say to each other, one packet each on a SOCK_SEQPACKET pair (descriptor
 * 3 of the courier). A job travels with a read-only descriptor of the message file; it is answered
 * by exactly one report, in the order of the jobs. The flusher gives several jobs ahead, and how many
 * of them are under way at a time is the courier's choice. When the flusher closes its side, the
 * courier settles what it has, says QUIT and leaves.
 *
 * "Unattempted, nobody" is the outcome of a job that was given in vain: it may be given again at once.
 * Behind trouble with the account or the link all jobs that are left come back like that.
 *
 * Both packets are lines of text; the readers are strict and bounded.
 */
#ifndef MAIL_JOB_H
#define MAIL_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "mail/envelope.h"
#include "mail/outcome.h"

#define JOB_COURIER_FD	   3
#define JOB_PACKET_MAX	   131072
#define JOB_PACKET_ROOM	   2048 /* is enough for one more recipient */
#define JOB_RECIPIENTS_MAX 100
#define JOB_WAIT_MAX	   86400 /* seconds */
#define JOB_ID_MAX	   32
#define JOB_ADDRESS_MAX	   998

struct job {
	char id[JOB_ID_MAX]; /* queue ID */
	uint32_t uid; /* who submitted it, as the kernel knows it, or ENVELOPE_UNKNOWN */
	int64_t arrived_ms;	     /* when, milliseconds since the epoch */
	off_t offset;		     /* where the message starts in the file */
	uint64_t size;		     /* octets of the message */
	bool eight_bit;		     /* the message has octets above 127 */
	bool long_lines;	     /* and lines of more than 998 */
	struct envelope_path sender; /* qualified; "" is the null sender */
	size_t count;
	struct envelope_path recipients[JOB_RECIPIENTS_MAX];
};

/* How far a courier runs ahead of the replies (wire/client.h). */
enum gear {
	GEAR_NONE,     /* it takes nothing more */
	GEAR_LOCKSTEP, /* each command waits for its reply */
	GEAR_DATA,     /* a message waits for the server to ask for it (RFC 2920) */
	GEAR_CHUNKING, /* whole transactions follow each other (RFC 3030) */
};

/* One outcome per recipient of the job, in its order. */
struct report {
	char id[JOB_ID_MAX];
	char relay[128]; /* "host[address]:port", or "none" */
	enum gear gear;	 /* how the courier goes on */
	bool shifted; /* that is a lower one than the server offers: it did not bear more */
	bool dsn;     /* the server does what NOTIFY= asks for (RFC 3461) */
	size_t count;
	struct outcome outcomes[JOB_RECIPIENTS_MAX];
};

/* Appends the packet to *OUT (check buf_failed()). */
void job_format(const struct job *job, struct buf *out);
void report_format(const struct report *report, struct buf *out);

/* Reads a packet. 0 and *RET (job: end with job_clear()), or -EBADMSG or -ENOMEM. */
int job_parse(const char *packet, size_t n, struct job *ret);
int report_parse(const char *packet, size_t n, struct report *ret);

void job_clear(struct job *job);

/* "none", "lock-step", "data", "chunking"; the reverse: false if there is no such name. */
const char *gear_name(enum gear gear);
bool gear_parse(struct span name, enum gear *ret);

#endif
