/* SPDX-License-Identifier: ISC */
/*
 * A byte stream over a connected, non-blocking descriptor, plain or through TLS, with one
 * interface. Every wait ends at the deadline. A writer that has to wait also reads (into a bounded
 * buffer), so two peers can never both wait for the other to read.
 *
 * Failures are -errno: -ETIMEDOUT at the deadline, -ECONNRESET when the peer went away,
 * -EPROTO for a TLS failure, -EMSGSIZE for a line that is too long. They are final: the stream is
 * only good for stream_close() afterwards, and stream_error() has the words. The program must
 * ignore SIGPIPE.
 */
#ifndef WIRE_STREAM_H
#define WIRE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

/*
 * What TLS puts between the stream and its descriptor. Both functions return bytes moved (read: 0
 * at a clean end), -EAGAIN with *EVENTS set to what to wait for (POLLIN or POLLOUT), or -errno with
 * words in ERROR.
 */
struct stream_layer {
	ssize_t (*read)(
		void *layer, void *to, size_t n, short *events, char *error, size_t size);
	ssize_t (*write)(void *layer, const void *from, size_t n, short *events,
		char *error, size_t size);
	void (*close)(
		void *layer); /* says goodbye if it can without waiting, and frees */
};

#define STREAM_ARRIVALS 32

struct stream {
	int in_fd;			/* owned */
	int out_fd;			/* owned; the same as in_fd for a socket */
	const struct stream_layer *ops; /* NULL: plain */
	void *layer;
	int64_t deadline_ms; /* on the monotonic clock */
	struct buf in;	     /* received, from in_at on not yet taken */
	size_t in_at;
	struct buf out;
	uint64_t sent, received; /* octets that went through it so far */
	struct stream_arrival {
		uint64_t received, sent;
	} arrivals
		[STREAM_ARRIVALS]; /* how it stood behind each of the last reads: a ring */
	size_t arrived;		   /* reads so far */
	bool ended;		   /* the peer sent its end */
	int failed;		   /* the first failure, forwarded ever after */
	char error[320];
};

#define STREAM_INPUT_MAX 65536 /* what a waiting writer reads ahead at most */

/* Takes over the descriptors (made non-blocking here). 0 or -errno. */
int stream_init(struct stream *s, int in_fd, int out_fd);
void stream_set_deadline(struct stream *s, int64_t mono_ms);

/* From now on bytes go through OPS with LAYER, which the stream closes. The buffers must be empty. */
void stream_set_layer(struct stream *s, const struct stream_layer *ops, void *layer);

/*
 * One line up to LF, which must come within MAX bytes. *RET_LINE stays valid until the next call;
 * *RET_LEN counts it without its LF or CRLF. *RET_LINE is NULL at a clean end between lines.
 * 0 or -errno.
 */
int stream_read_line(
	struct stream *s, size_t max, const char **ret_line, size_t *ret_len);

/* At least one byte and up to N; 0 at the end; or -errno. */
ssize_t stream_read(struct stream *s, void *to, size_t n);

/* Adds to the output buffer, and sends when that is full. 0 or -errno. */
int stream_write(struct stream *s, const void *bytes, size_t n);
int stream_printf(struct stream *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Octets that were written since it began, be they sent or not. */
uint64_t stream_written(const struct stream *s);

/* Octets that were taken since it began. */
uint64_t stream_taken(const struct stream *s);

/* How many octets had been sent when octet AT came (from 0 on). If that is too long ago, with many small
 * reads since, how many a little later. */
uint64_t stream_sent_before(const struct stream *s, uint64_t at);

/* Sends all that was written. 0 or -errno. */
int stream_flush(struct stream *s);

/* True if received bytes wait that nobody asked for yet, without looking at the descriptor. */
bool stream_has_input(const struct stream *s);

/* True if those bytes start with WORD. */
bool stream_input_starts(const struct stream *s, const char *word);

/* Forgets received bytes that nobody took (before TLS starts: RFC 3207 section 4.2). */
void stream_discard_input(struct stream *s);

/* What went wrong, for people; "" if nothing did. */
const char *stream_error(const struct stream *s);

/* Closes both ends. Nothing that was written and not flushed is sent. */
void stream_close(struct stream *s);

#endif
