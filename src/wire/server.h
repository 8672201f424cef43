/* SPDX-License-Identifier: ISC */
/*
 * The server's side of SMTP: one session on a stream (RFC 5321), that knows the dialogue and leaves
 * it to a handler what becomes of the mail.
 *
 * Nothing in it grows with the message; commands and recipients are bounded. What a client may not
 * say is answered and otherwise ignored; after something that cannot be told from what follows (a
 * BDAT without a number) the session ends.
 *
 * Lenient is what programs expect that have always talked to a sendmail on the other end of a pipe:
 * LF alone ends a command, an address needs no domain nor a form that RFC 5321 knows, and a message
 * may have any line ends, which are the handler's to mend. A client that ends DATA with CRLF has to
 * end its message with CRLF.CRLF: it sees to it that no other line of its is a lone dot, and may not
 * know of the lines that bare LFs make. One that ends DATA with LF ends the message with LF.LF.
 */
#ifndef WIRE_SERVER_H
#define WIRE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "wire/stream.h"

#define SERVER_COMMAND_MAX 12288 /* octets of a line: RFC 4954 section 4.5 */
#define SERVER_ADDRESS_MAX ADDRESS_MAX
#define SERVER_HELLO_MAX   256
#define SERVER_USER_MAX	   256

struct server_options {
	const char *hostname;
	bool starttls; /* the handler can, and it is offered until it was done */
	bool auth_plain, auth_login;
	bool require_auth;     /* before MAIL */
	bool allow_plain_auth; /* passwords without TLS */
	bool pipelining, chunking, eightbitmime, smtputf8, enhanced_status_codes, dsn;
	bool lenient;	   /* to a program on this machine: see below */
	uint64_t size_max; /* octets of a message */
	size_t recipients_max;
	int64_t timeout_ms; /* for each wait */
};

/* What a command will be answered; a handler gets it filled in for success and may change it. */
struct server_reply {
	int code;	   /* 421 ends the session */
	char enhanced[16]; /* such as "2.1.5" */
	char text[400];
};

/* Strings are valid during the call. The functions that return int give 0 or -errno. */
struct server_handler {
	bool (*authenticate)(void *context, const char *user, const char *password);
	/* Starts TLS on S, which is flushed and has no input waiting. */
	int (*start_tls)(void *context, struct stream *s);
	/* The sender, with the DSN parameters; BODY is "7BIT", "8BITMIME", or "". */
	void (*mail)(void *context, const struct envelope_path *path, const char *body,
		struct server_reply *reply);
	void (*rcpt)(void *context, const struct envelope_path *path,
		struct server_reply *reply);
	/* The message: opened, given piece by piece in wire form (unless lenient), closed; or reset. */
	int (*data_open)(void *context);
	int (*data_write)(void *context, const void *bytes, size_t n);
	/* One of these two failed: may change the reply. May be NULL. */
	void (*data_failed)(void *context, struct server_reply *reply);
	void (*data_close)(void *context, struct server_reply *reply);
	/* The transaction is over, or dropped: forget it. May be called when there is none. */
	void (*reset)(void *context);
};

struct server {
	const struct server_options *options; /* the caller's, like the handler */
	const struct server_handler *handler;
	void *context;
	struct stream *stream;
	bool secure; /* TLS is on */

	/* what a handler may read */
	char hello[SERVER_HELLO_MAX]; /* "" before EHLO or HELO */
	char user[SERVER_USER_MAX];   /* "" before AUTH */
	bool extended;		      /* EHLO, not HELO */
	bool smtputf8;		      /* of this transaction, like what follows */
	bool chunked;		      /* BDAT */
	uint64_t received;	      /* octets of the message */
	bool cut;		      /* the client has left within a message */

	/* the session's own */
	bool mail_given, data_opened, ended;
	size_t recipients;
	int data_error;	 /* what the handler failed with */
	bool data_bare;	 /* a bare CR or LF was seen */
	bool after_cr;	 /* the last chunk ended with CR */
	bool bare_lf;	 /* the last command ended with it */
	struct buf line; /* the command */
};

/*
 * Serves until QUIT or the client's end. The caller sets the first five members, zeroes the others,
 * and closes the stream. 0, or -errno with stream_error() set.
 */
int server_run(struct server *server);

void server_reply_set(struct server_reply *reply, int code, const char *enhanced,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
