/* SPDX-License-Identifier: ISC */
/* From the addresses in an envelope to those the provider is told. */
#ifndef FLUSHER_RESOLVE_H
#define FLUSHER_RESOLVE_H

#include "conf/conf.h"

/*
 * Mail for a local user (no domain, or one that means this machine) goes to the address that
 * "root" names. 0 and *RET, which the caller frees; -ENOENT for a local user when "root" is not
 * set: such mail must never go to a stranger who has that name at the provider; -ENOMEM.
 */
int resolve_recipient(const struct conf *conf, const char *address, char **ret);

/* A sender without a domain gets this machine's. The null sender stays. NULL if memory is out; the
 * caller frees. */
char *resolve_sender(const struct conf *conf, const char *address);

#endif
