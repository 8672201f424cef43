/* SPDX-License-Identifier: ISC */
/*
 * What a sender asks to be told about the delivery (RFC 3461 section 4), in the words of SMTP.
 * Between sendmail and the provider the parameters travel as text, checked at each border. Pure.
 */
#ifndef MAIL_DSN_H
#define MAIL_DSN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define DSN_ENVID_MAX	   100 /* octets: section 4.4 */
#define DSN_ORCPT_MAX	   500 /* section 4.2 */
#define DSN_PARAMETERS_MAX 640 /* octets of all parameters of one address */

/* True if VALUE may stand behind RET=, ENVID=, NOTIFY= or ORCPT=. Keywords in any case. */
bool dsn_ret_valid(const char *value);
bool dsn_envid_valid(const char *value);
bool dsn_notify_valid(const char *value);
bool dsn_orcpt_valid(const char *value);

/* True if S is xtext (section 4), and not empty. */
bool dsn_xtext_valid(const char *s);

/*
 * True if the N octets at S are parameters of MAIL (RET and ENVID) or of RCPT (NOTIFY and ORCPT),
 * each at most once, with one blank between them.
 */
bool dsn_mail_valid(const char *s, size_t n);
bool dsn_rcpt_valid(const char *s, size_t n);

/* What a sender wants to hear of (section 4.1). */
enum dsn_event {
	DSN_SUCCESS = 1,
	DSN_FAILURE = 2,
	DSN_DELAY = 4,
};

/* The events of valid RCPT parameters (NULL: none); without NOTIFY, failure and delay. */
unsigned dsn_events(const char *parameters);

/* True if valid MAIL parameters (NULL: none) ask for the header section alone. */
bool dsn_headers_only(const char *parameters);

/*
 * The value of a keyword (with its '=') in valid parameters, or NULL. *RET_LEN octets, not
 * terminated.
 */
const char *dsn_find(const char *parameters, const char *keyword, size_t *ret_len);

/* Appends valid xtext of N octets as what it stands for; what cannot be printed as '?'. */
void dsn_xtext_decode(const char *s, size_t n, struct buf *out);

#endif
