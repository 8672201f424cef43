/* SPDX-License-Identifier: ISC */
/*
 * The client's side of SMTP: one connection, and the transactions on it (RFC 5321).
 *
 * What was sent and is not answered stands in a ledger, a FIFO of what each reply settles. The
 * ledger is full at one entry unless the server offers PIPELINING (RFC 2920): that is the only
 * difference between lock-step and a transaction in one flight. A reply too many or too few closes
 * the connection and never counts as success.
 */
#ifndef WIRE_CLIENT_H
#define WIRE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/sasl.h"
#include "mail/envelope.h"
#include "mail/job.h"
#include "mail/outcome.h"
#include "wire/caps.h"
#include "wire/classify.h"
#include "wire/net.h"
#include "wire/stream.h"
#include "wire/tls.h"

/* Milliseconds to wait, by what for (RFC 5321 section 4.5.3.2). */
#define CLIENT_ADDRESS_MS  CLIENT_WAIT(30000) /* one address to connect to */
#define CLIENT_CONNECT_MS  CLIENT_WAIT(90000) /* all of them */
#define CLIENT_HURRY_MS	   CLIENT_WAIT(20000) /* the same where there is another port */
#define CLIENT_TLS_MS	   CLIENT_WAIT(60000)
#define CLIENT_GREETING_MS CLIENT_WAIT(300000)
#define CLIENT_COMMAND_MS  CLIENT_WAIT(300000) /* EHLO, AUTH, MAIL, RCPT, RSET */
#define CLIENT_DATA_MS	   CLIENT_WAIT(120000)
#define CLIENT_BLOCK_MS	   CLIENT_WAIT(180000)
#define CLIENT_FINAL_MS	   CLIENT_WAIT(600000)
#define CLIENT_QUIT_MS	   CLIENT_WAIT(2000)

/* Longest of all waits; the tests build a client that has less time. */
#ifndef CLIENT_WAIT_MAX_MS
#define CLIENT_WAIT_MAX_MS 600000
#endif
#define CLIENT_WAIT(ms) ((ms) < CLIENT_WAIT_MAX_MS ? (ms) : CLIENT_WAIT_MAX_MS)

enum client_tls {
	CLIENT_TLS_STARTTLS, /* RFC 3207, required */
	CLIENT_TLS_IMPLICIT, /* RFC 8314 section 3.3 */
	CLIENT_TLS_NONE,     /* a password then goes to loopback addresses only */
};

struct client_options {
	const char *host;
	uint16_t port;
	bool hurry; /* there is another port to try, so this one gets less time to answer */
	enum client_tls tls;
	struct tls_context *tls_context; /* not used without TLS */
	const char *hello;		 /* our name for EHLO */
	const char *user;		 /* "": no authentication, but by EXTERNAL */
	bool user_is_secret; /* the password stands in its place, and USER is for people */
	enum sasl_mechanism auth; /* SASL_NONE: the best one */
	unsigned mechanisms;	  /* a bit for each that may be used; 0: all */
	bool token;		  /* the password is an access token */
	const char *provider;	  /* name of the preset, or "" */
	const char *password;	  /* used only during client_open() */
	enum gear gear;		  /* the highest to use */
	/* Told of each step when it is done or has failed; may be NULL. */
	void (*step)(void *context, enum stage stage, bool ok, const char *words);
	void *step_context;
};

/* One command that was sent and what its reply settles. */
struct ledger_entry {
	enum stage stage;
	size_t recipient; /* STAGE_RCPT */
};

#define LEDGER_MAX 128

struct ledger {
	struct ledger_entry entries[LEDGER_MAX];
	size_t head, count;
};

struct client {
	const struct client_options
		*options; /* the caller's; must outlive the connection */
	struct stream stream;
	bool usable;	/* open, and nothing went wrong so far */
	bool unreached; /* nothing answered at the port of any address */
	bool unclear;	/* the server may wait within a transaction: RSET first */
	char relay[NET_RELAY_MAX]; /* "host[address]:port", or "none" */
	struct caps caps;
	struct ledger ledger;
};

/* Gives the message: up to N bytes into TO; 0 at the end; or -errno. */
typedef ssize_t (*client_read)(void *context, void *to, size_t n);

struct transaction {
	const struct envelope_path *sender; /* "" is the null sender */
	const struct envelope_path *recipients;
	size_t count;
	bool eight_bit; /* octets above 127 in the message */
	bool utf8;	/* asks for SMTPUTF8, if the server offers it (RFC 6531) */
	uint64_t size;	/* octets that READ gives */
	client_read read;
	void *context;
	struct outcome
		*outcomes; /* one for each recipient, always set by client_send() */
	bool untouched; /* the connection went before the server took anything: may be sent again */
};

/*
 * Connects, greets, starts TLS, logs in. 0, or -errno with *TROUBLE set (blame, and what to do) and
 * nothing to close; client->relay says how far it came in both cases.
 */
int client_open(struct client *client, const struct client_options *options,
	struct outcome *trouble);

/*
 * Sends a message. 0 if the connection is good for another one; -errno if it is not (then only
 * client_close() is left to do).
 */
int client_send(struct client *client, struct transaction *transaction);

/* How the connection goes on from here. */
enum gear client_gear(const struct client *client);

/* True if the server closed the connection, or said something unasked, since the last message. */
bool client_is_stale(const struct client *client);

/* Says QUIT if the connection is still good, and closes it. */
void client_close(struct client *client);

#endif
