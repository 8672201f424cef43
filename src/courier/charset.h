/* SPDX-License-Identifier: ISC */
/* The charset of a body that no MIME field tells of, as cron and mail(1) send them. */
#ifndef COURIER_CHARSET_H
#define COURIER_CHARSET_H

#include "mail/job.h"

/*
 * Reads JOB's message in FD from octet BODY on. *RET is "utf-8", "unknown-8bit" (RFC 1428 section
 * 3) if it is not that, or NULL if it is ASCII. 0 or -errno.
 */
int charset_guess(const struct job *job, int fd, uint64_t body, const char **ret);

#endif
