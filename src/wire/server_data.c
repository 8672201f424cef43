/* SPDX-License-Identifier: ISC */
/*
 * DATA (RFC 5321 section 4.1.1.4) and BDAT (RFC 3030). The message goes to the handler in wire
 * form; once it is refused, the rest is read and dropped, and the reply at its end says why.
 */
#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "wire/server_session.h"

#define PIECE_SIZE 8192

/* Where DATA is within a line. */
enum place {
	PLACE_START,
	PLACE_DOT,    /* after a dot at the start, which is not part of the message */
	PLACE_DOT_CR, /* after that and a CR */
	PLACE_TEXT,
	PLACE_CR,
};

struct data {
	struct server *server;
	enum place place;
	bool lf_is_enough; /* to end a line */
	size_t len;
	char piece[PIECE_SIZE];
};

static bool too_large(const struct server *server)
{
	return server->options->size_max && server->received > server->options->size_max;
}

/* Bare CRs and LFs: the raw material of SMTP smuggling. */
static bool not_in_form(const struct server *server)
{
	return server->data_bare && !server->options->lenient;
}

static void give(struct server *server, const char *bytes, size_t n)
{
	server->received += n;
	if (n == 0 || server->data_error || not_in_form(server) || too_large(server))
		return;
	server->data_error = server->handler->data_write(server->context, bytes, n);
}

static void put(struct data *d, char c)
{
	d->piece[d->len++] = c;
	if (d->len < sizeof(d->piece))
		return;
	give(d->server, d->piece, d->len);
	d->len = 0;
}

/* True if C ends a line whose beginning may be a dot: a CRLF, or the LF of a client that has no CR. */
static bool ends_line(const struct data *d, char c)
{
	return c == '\n' &&
	       (d->place == PLACE_CR || d->place == PLACE_DOT_CR || d->lf_is_enough);
}

/* Takes one octet; true at the end of the message. */
static bool take(struct data *d, char c)
{
	bool end = ends_line(d, c);
	bool after_cr = d->place == PLACE_CR || d->place == PLACE_DOT_CR;

	if (d->place == PLACE_START && c == '.') {
		d->place = PLACE_DOT;
		return false;
	}
	if (d->place == PLACE_DOT && c == '\r') {
		d->place = PLACE_DOT_CR;
		return false;
	}
	if (end && (d->place == PLACE_DOT || d->place == PLACE_DOT_CR))
		return true;
	d->server->data_bare |= after_cr != (c == '\n');
	if (d->place == PLACE_DOT_CR)
		put(d, '\r');
	put(d, c);
	d->place = end ? PLACE_START : c == '\r' ? PLACE_CR : PLACE_TEXT;
	return false;
}

static void data_failed(struct server *server, struct server_reply *reply)
{
	server_reply_set(reply, 452, "4.3.0", "It cannot be stored: %s",
		strerror(-server->data_error));
	if (server->handler->data_failed)
		server->handler->data_failed(server->context, reply);
}

/* The reply to a whole message. The transaction is over in any case. */
static int finish(struct server *server)
{
	struct server_reply reply = { 250, "2.0.0", "Ok" };

	if (not_in_form(server))
		server_reply_set(&reply, 554, "5.6.0",
			"The message has a bare CR or LF, which is no end of a line");
	else if (too_large(server))
		server_reply_set(&reply, 552, "5.3.4", "Messages may have %llu octets",
			(unsigned long long)server->options->size_max);
	else if (server->data_error)
		data_failed(server, &reply);
	else
		server->handler->data_close(server->context, &reply);
	server_reset(server);
	return server_send(server, &reply);
}

/* True if a message may begin or go on; else the reason is in *REPLY. */
static bool may_send(const struct server *server, struct server_reply *reply)
{
	if (!server->mail_given)
		server_reply_set(reply, 503, "5.5.1", "Say MAIL first");
	else if (server->recipients == 0)
		server_reply_set(reply, 554, "5.5.1", "There is no valid recipient");
	else
		return true;
	return false;
}

static void open_message(struct server *server)
{
	server->data_opened = true;
	server->data_error = server->handler->data_open(server->context);
}

int server_do_data(struct server *server, const char *argument, size_t n)
{
	struct data d = {
		.server = server, .place = PLACE_START, .lf_is_enough = server->bare_lf
	};
	struct server_reply reply = { 0 };
	char c;
	ssize_t r;

	(void)argument, (void)n;
	if (server->data_opened)
		return server_answer(server, 503, "5.5.1", "BDAT has begun, and goes on");
	if (!may_send(server, &reply))
		return server_send(server, &reply);
	open_message(server);
	if (server->data_error)
		return finish(server);
	stream_printf(server->stream, "354 Go on; a line with a dot ends it\r\n");
	while ((r = server_read(server, &c, 1)) > 0 && !take(&d, c))
		;
	if (r > 0) {
		give(server, d.piece, d.len);
		return finish(server);
	}
	server->ended = true;
	server->cut = r == 0;
	return (int)r;
}

/* Notes a CR or LF that is not part of a CRLF; chunks may cut one in two. */
static void check_lines(struct server *server, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		server->data_bare |= server->after_cr != (s[i] == '\n');
		server->after_cr = s[i] == '\r';
	}
}

/* Reads a chunk, exactly, and gives it on if it is WANTED. */
static int read_chunk(struct server *server, uint64_t size, bool wanted)
{
	char piece[PIECE_SIZE];

	while (size > 0) {
		ssize_t r = server_read(
			server, piece, size < sizeof(piece) ? size : sizeof(piece));

		if (r <= 0) {
			server->ended = true;
			server->cut = r == 0;
			return (int)r;
		}
		size -= (uint64_t)r;
		if (!wanted)
			continue;
		check_lines(server, piece, (size_t)r);
		give(server, piece, (size_t)r);
	}
	return 0;
}

/* "SIZE" or "SIZE LAST". */
static bool parse_bdat(const char *s, size_t n, uint64_t *ret_size, bool *ret_last)
{
	const char *blank = n ? memchr(s, ' ', n) : NULL;
	size_t digits = blank ? (size_t)(blank - s) : n;

	if (num_parse(s, digits, INT64_MAX, ret_size) < 0)
		return false;
	*ret_last = blank != NULL;
	return !blank || text_is(blank, n - digits, " LAST");
}

int server_do_bdat(struct server *server, const char *argument, size_t n)
{
	struct server_reply refusal = { 0 };
	uint64_t size;
	bool last, wanted;
	int r;

	if (!parse_bdat(argument, n, &size, &last)) {
		server->ended = true; /* where the next command starts, nobody knows */
		return server_answer(server, 501, "5.5.4", "Say BDAT with a number");
	}
	wanted = server->options->chunking && may_send(server, &refusal);
	if (!server->options->chunking)
		server_reply_set(&refusal, 502, "5.5.1", "BDAT is not offered");
	if (wanted && !server->data_opened)
		open_message(server);
	server->chunked |= wanted;
	r = read_chunk(server, size, wanted);
	if (r < 0 || server->ended)
		return r;
	if (!wanted)
		return server_send(server, &refusal);
	server->data_bare |= last && server->after_cr;
	if (last || not_in_form(server) || server->data_error || too_large(server))
		return finish(server);
	return server_answer(server, 250, "2.0.0", "%llu octets so far",
		(unsigned long long)server->received);
}
