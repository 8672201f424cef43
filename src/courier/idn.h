/* SPDX-License-Identifier: ISC */
/* Internationalized domain names, as servers without SMTPUTF8 know them (IDNA2008, RFC 5890). */
#ifndef COURIER_IDN_H
#define COURIER_IDN_H

#include "mail/job.h"

/*
 * ADDRESS with its domain in A-labels, to be freed; the same again if the domain is ASCII, is not
 * UTF-8 or can be no domain. NULL if there is no memory.
 */
char *idn_address(const char *address);

/* The same for all addresses of a job. 0 or -ENOMEM. */
int idn_job(struct job *job);

#endif
