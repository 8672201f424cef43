/* SPDX-License-Identifier: ISC */
/* What the files of the server share among themselves. */
#ifndef WIRE_SERVER_SESSION_H
#define WIRE_SERVER_SESSION_H

#include "wire/server.h"

/* A command: ARGUMENT is what follows the verb and its blank ("" for nothing). 0 or -errno of the
 * stream; what the client did wrong is answered. */
typedef int (*server_command)(struct server *server, const char *argument, size_t n);

/* server_mail.c */
int server_do_mail(struct server *server, const char *argument, size_t n);
int server_do_rcpt(struct server *server, const char *argument, size_t n);

/* server_data.c */
int server_do_data(struct server *server, const char *argument, size_t n);
int server_do_bdat(struct server *server, const char *argument, size_t n);

/* server_auth.c */
int server_do_auth(struct server *server, const char *argument, size_t n);
bool server_may_auth(const struct server *server); /* it is offered now */

/* server.c */
int server_answer(struct server *server, int code, const char *enhanced,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
int server_send(struct server *server, const struct server_reply *reply);
void server_reset(struct server *server); /* the transaction */

/* At least one octet and up to N; what was answered so far is sent before it waits. 0 at the end. */
ssize_t server_read(struct server *server, void *to, size_t n);

enum server_line {
	SERVER_LINE_OK,
	SERVER_LINE_LONG, /* and skipped */
	SERVER_LINE_BAD,  /* a NUL, or a CR or LF that is not part of CRLF */
	SERVER_LINE_END,
};

/* The next line into server->line, without its end. */
int server_read_line(struct server *server, enum server_line *ret);

#endif
