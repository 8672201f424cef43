/* SPDX-License-Identifier: ISC */
/* Who is at the other end of a socket, as the kernel knows it. */
#ifndef SENDMAIL_PEER_H
#define SENDMAIL_PEER_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/types.h>

#include "mail/envelope.h"

enum peer_kind {
	PEER_NONE,    /* it is no socket */
	PEER_LOCAL,   /* AF_UNIX */
	PEER_NETWORK, /* TCP */
};

struct peer {
	enum peer_kind kind;
	uint32_t uid; /* of who connected; ENVELOPE_UNKNOWN if the kernel does not tell */
	char address[INET6_ADDRSTRLEN]; /* over the network */
};

/* Fills in *RET for the descriptor FD. */
void peer_find(int fd, struct peer *ret);

#endif
