/* SPDX-License-Identifier: ISC */
/*
 * Dialogues with the SMTP server, played without a network: a layer under the server's stream hands
 * out what the client says in pieces of any size, and keeps what the server replies.
 */
#ifndef TESTS_DIALOGUE_H
#define TESTS_DIALOGUE_H

#include "unit.h"

#include "wire/server.h"

#define EHLO "EHLO client.example\r\n"
#define MAIL "MAIL FROM:<a@example.org>\r\n"
#define RCPT "RCPT TO:<b@example.net>\r\n"
#define QUIT "QUIT\r\n"

/* A client that is ready to send its message; what it is answered, and what the handler hears. */
#define HI	   EHLO MAIL RCPT
#define HI_REPLIES "220 250 250/2.1.0 250/2.1.5 "
#define HI_HEARD   "mail <a@example.org>\nrcpt <b@example.net>\n"

/* The client, the wire, and what the handler heard. */
struct scene {
	struct stream s;
	const char *input;
	size_t len, at;
	size_t cut, piece; /* a read gets PIECE bytes at most, and none past CUT */
	unsigned writes;
	struct buf output, heard, message;
	bool full;
};

/*
 * What a client says, the replies ("250/2.1.0" each: words may change, codes may not), and what the
 * handler hears: senders no@, bye@ and full@ are refused, answered 421, and fail to be stored; the
 * recipient no@ is refused; "user" logs in with "pass".
 */
struct dialogue {
	const char *name;
	const char *input;
	const char *replies;
	const char *heard;
	void (*change)(struct server_options *options); /* or NULL */
};

/* All extensions, no login, no TLS, 1000 octets, three recipients. */
struct server_options usual_options(void);
void offer_nothing(struct server_options *o); /* but one recipient */

/* Plays INPUT to the end. What server_run() gave; *SCENE is to be cleared. */
int play(struct scene *scene, const struct server_options *options, const char *input,
	size_t cut, size_t piece);
void scene_clear(struct scene *scene);

/* Fails the test unless the dialogue goes as written. */
void play_and_compare(const struct dialogue *d, size_t cut, size_t piece);

/* Each in one piece, byte by byte, and in two pieces cut at every place. */
void play_all(const struct dialogue *rows, size_t count);

#endif
