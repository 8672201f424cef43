/* SPDX-License-Identifier: ISC */
/* From the addresses in an envelope to those the provider is told. */
#ifndef FLUSHER_RESOLVE_H
#define FLUSHER_RESOLVE_H

#include "mail/expand.h"
#include "mail/state.h"

/*
 * Puts in place of each pending recipient the addresses that its mail is sent to, each once in the
 * whole message and not again if it is settled already. What leads nowhere stays as it is, marked
 * stuck. What was done before is not undone by doing it again. 0, or -ENOMEM and *STATE is as it
 * was.
 */
int resolve_recipients(struct state *state, struct expander *expander);

/* A sender without a domain gets the one that HOSTNAME is. The null sender stays. NULL if memory is
 * out; the caller frees. */
char *resolve_sender(const char *hostname, const char *address);

#endif
