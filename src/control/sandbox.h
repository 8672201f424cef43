/* SPDX-License-Identifier: ISC */
/*
 * mailchute sandbox: a provider for tests. One process a connection; what it receives is put into a
 * maildir and told in one line on stdout.
 */
#ifndef CONTROL_SANDBOX_H
#define CONTROL_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "wire/server.h"
#include "wire/tls.h"

#define SANDBOX_RULES_MAX    64
#define SANDBOX_CHILDREN_MAX 200

enum sandbox_stage { SANDBOX_MAIL, SANDBOX_RCPT, SANDBOX_DATA };

/* An answer that was asked for: to the addresses that contain PATTERN, or to all ("*"). */
struct sandbox_rule {
	enum sandbox_stage stage;
	char *pattern;
	struct server_reply reply;
};

struct sandbox {
	struct server_options server;
	char *dir; /* absolute, once it was made */
	const char *listen_address;
	uint16_t starttls_port, implicit_port; /* 0: any */
	const char *user;
	char *password;
	size_t rule_count;
	struct sandbox_rule rules[SANDBOX_RULES_MAX];
	struct tls_context *tls;
};

/* sandbox_options.c. Fills in the defaults, and what the words say. True to go on; false when
 * *RET_EXIT is the answer. End with sandbox_clear() in both cases. */
bool sandbox_parse_options(struct sandbox *sandbox, int argc, char **argv, int *ret_exit);
void sandbox_clear(struct sandbox *sandbox);

/* sandbox_listen.c. Serves until SIGTERM or SIGINT. 0 or -errno, which was logged. */
int sandbox_serve(struct sandbox *sandbox);

/* sandbox_session.c. Serves the connection FD, which it closes. */
void sandbox_session(const struct sandbox *sandbox, int fd, bool implicit_tls);

/*
 * sandbox_ca.c. Makes sure that ca.pem, server.pem and server.key in the directory DIR_FD belong
 * together and are good for HOST, localhost and the loopback addresses; makes new ones otherwise.
 * The authority's own key is forgotten at once: nobody can sign anything else with it. 0 or -errno
 * and words in ERROR.
 */
int sandbox_ca_prepare(int dir_fd, const char *host, char *error, size_t error_size);

/*
 * sandbox_store.c. A message on its way into DIR/Maildir: written in tmp/, then renamed into new/.
 * Nothing is synced: this is no place for mail that matters.
 */
struct sandbox_file {
	int fd;		/* -1: none */
	char name[128]; /* in the maildir */
	char path[512]; /* in tmp/, then in new/ */
	struct buf pending;
};

int sandbox_store_init(const char *dir); /* 0 or -errno */
int sandbox_store_open(struct sandbox_file *file, const char *dir, const char *hostname);
int sandbox_store_write(struct sandbox_file *file, const void *bytes, size_t n);
int sandbox_store_close(struct sandbox_file *file, const char *dir); /* into new/ */
void sandbox_store_drop(struct sandbox_file *file);

#endif
