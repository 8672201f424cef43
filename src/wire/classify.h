/* SPDX-License-Identifier: ISC */
/*
 * Whose fault is it? The one place that turns what a server said, and when, into a verdict, its
 * blame and a hint what to do. Pure.
 */
#ifndef WIRE_CLASSIFY_H
#define WIRE_CLASSIFY_H

#include <stdbool.h>

#include "mail/outcome.h"
#include "wire/reply.h"

/* How far a connection or a transaction has come. */
enum stage {
	STAGE_CONNECT,
	STAGE_TLS,
	STAGE_GREETING,
	STAGE_EHLO,
	STAGE_STARTTLS,
	STAGE_AUTH,
	STAGE_RSET,
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA,
	STAGE_FINAL, /* after the message: the dot, or the last BDAT */
};

/* For people: "connection", "TLS", "greeting", "EHLO", ... */
const char *stage_name(enum stage stage);

/* True if this is the reply that lets the dialogue go on. */
bool classify_success(enum stage stage, int code);

/* Whose mail it is, as far as it matters for what a reply means and for the hint. */
struct classify_account {
	const char *user;	   /* "": no login */
	const char *provider;	   /* name of the preset, or "" */
	bool token;		   /* logs in with an access token, not a password */
	const char *secret_advice; /* what the password should be; NULL: not known */
};

/*
 * The outcome of REPLY at STAGE. Delivered only for the successful reply at STAGE_FINAL.
 * Unattempted with the recipient to blame: others of the same transaction have to go first. A
 * blame of account, pace or link means that the connection is of no use for other messages either.
 */
struct outcome classify_reply(enum stage stage, const struct reply *reply,
	const struct classify_account *account);

/* An outcome in our own words, without a reply. */
struct outcome classify_fault(enum verdict verdict, enum blame blame,
	const char *enhanced, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
