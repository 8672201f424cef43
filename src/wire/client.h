/* SPDX-License-Identifier: ISC */
/*
 * The client's side of SMTP: one connection, and the transactions on it (RFC 5321).
 *
 * What was sent and is not answered stands in a ledger, a FIFO of what each reply settles, and for
 * which transaction. The gear is how far it may run ahead:
 *
 * - lock-step: a command at a time;
 * - PIPELINING (RFC 2920): a transaction up to its DATA, right behind the message before it;
 * - CHUNKING (RFC 3030) with it: a flight of whole transactions. It starts with one, and takes as
 *   many as the connection has carried before and one more, up to the window.
 *
 * What a reply says is final when it is sure that it was the one: at a reply that cannot be mistaken
 * for another (354, or the one to EHLO, which ends a flight of several), or when nothing is owed and
 * nothing more was said. A reply too many or too few before that leaves all of it in doubt, ends the
 * connection, and never counts as success.
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
#define CLIENT_ADDRESS_MS  CLIENT_WAIT(10000) /* one address to connect to */
#define CLIENT_CONNECT_MS  CLIENT_WAIT(90000) /* all of them */
#define CLIENT_HURRY_MS	   CLIENT_WAIT(20000) /* the same where there is another port */
#define CLIENT_TLS_MS	   CLIENT_WAIT(60000)
#define CLIENT_GREETING_MS CLIENT_WAIT(300000)
#define CLIENT_COMMAND_MS  CLIENT_WAIT(300000) /* EHLO, AUTH, MAIL, RCPT, RSET */
#define CLIENT_DATA_MS	   CLIENT_WAIT(120000)
#define CLIENT_BLOCK_MS	   CLIENT_WAIT(180000)
#define CLIENT_FINAL_MS	   CLIENT_WAIT(600000)
#define CLIENT_QUIT_MS	   CLIENT_WAIT(2000) /* for it to go out */

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
	enum sasl_mechanism auth;  /* SASL_NONE: the best one */
	unsigned mechanisms;	   /* a bit for each that may be used; 0: all */
	bool token;		   /* the password is an access token */
	const char *provider;	   /* name of the preset, or "" */
	const char *secret_advice; /* what the password should be, for people; or NULL */
	const char *password;	   /* used only during client_open() */
	enum gear gear;		   /* the highest to use */
	unsigned window;	   /* transactions of a flight, at most */
	/* Told of each step when it is done or has failed; may be NULL. */
	void (*step)(void *context, enum stage stage, bool ok, const char *words);
	void *step_context;
};

/* A flight that has so many octets of messages takes no more. */
#define CLIENT_FLIGHT_OCTETS (1 << 20)

/* One command that was sent and what its reply settles. */
struct ledger_entry {
	enum stage stage;
	size_t recipient;		 /* STAGE_RCPT */
	struct transaction *transaction; /* NULL: it ends a flight */
	uint64_t end; /* how far the output is behind it; UINT64_MAX: not known yet */
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
	struct caps caps;	   /* those that are used */
	struct ledger ledger;
	struct transaction *first, *last; /* those under way, without a final outcome */
	unsigned flight;		  /* transactions since nothing was owed */
	uint64_t octets;		  /* of their messages */
	unsigned carried;		  /* transactions that went to their end */
	bool stumbled; /* the server did not bear this gear: one down when nothing is owed */
	bool shifted; /* it did so */
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
	struct outcome *outcomes; /* one for each recipient */

	/* set by the client */
	bool done; /* the outcomes are final; until then it has to stay where it is */
	size_t accepted; /* recipients */
	bool go_ahead;	 /* the server waits for the message */
	uint64_t
		end; /* how far the output is behind it; 0: it was not written to its end */
	struct transaction *next;
};

/*
 * Connects, greets, starts TLS, logs in. 0, or -errno with *TROUBLE set (blame, and what to do) and
 * nothing to close; client->relay says how far it came in both cases.
 */
int client_open(struct client *client, const struct client_options *options,
	struct outcome *trouble);

/*
 * Sends a message, as far as the gear lets it go without waiting. The client must be usable and not be
 * full. When client->usable is false afterwards, all transactions are done, and client_close() is left
 * to do.
 *
 * "Unattempted, nobody" is the outcome of a recipient that the server has not taken and not refused,
 * because something else went wrong: the message may be sent again at once.
 */
void client_start(struct client *client, struct transaction *transaction);

/*
 * Asks, with nothing under way, if the server would take mail of SENDER for RECIPIENT, and takes the
 * question back (RSET). 0 if it would; -EINVAL if an address cannot be asked for; another -errno, *STAGE
 * and *RET if it would not. Good for another message if client->usable.
 */
int client_probe(struct client *client, const char *sender, const char *recipient,
	enum stage *stage, struct outcome *ret);

/* True if what is under way has to be settled before the next message is sent. */
bool client_is_full(const struct client *client);

/* Waits for all replies: then all transactions are done. */
void client_settle(struct client *client);

/* How the connection goes on from here. */
enum gear client_gear(const struct client *client);

/* True if the server closed the connection, or said something unasked, since the last message. */
bool client_is_stale(const struct client *client);

/* Says QUIT if the connection is still good, and closes it without waiting for the answer: all messages
 * have theirs. */
void client_close(struct client *client);

#endif
