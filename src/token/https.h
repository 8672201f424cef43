/* SPDX-License-Identifier: ISC */
/* The one place that speaks HTTPS, by libcurl: verified, without redirections, bounded. */
#ifndef TOKEN_HTTPS_H
#define TOKEN_HTTPS_H

#include <stdint.h>

#include "base/buf.h"

/* Appends NAME=VALUE to the form *FORM (application/x-www-form-urlencoded). */
void https_add(struct buf *form, const char *name, const char *value);

/*
 * Posts FORM to URL; the authorities are those of the system and, if it is not "", of CA_FILE. 0,
 * *RET_STATUS and *BODY after at most MS milliseconds; or -EIO and words in ERROR.
 */
int https_post(const char *url, const char *ca_file, struct buf *form, int64_t ms,
	long *ret_status, struct buf *body, char *error, size_t error_size);

#endif
