/* SPDX-License-Identifier: ISC */
/* Names, addresses and connections. */
#ifndef WIRE_NET_H
#define WIRE_NET_H

#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define NET_RELAY_MAX 128

/*
 * Connects to PORT of HOST (a name or an address), trying its addresses in turn, IPv6 and IPv4
 * interleaved (RFC 8305 section 4), each for ADDRESS_MS at most and all until DEADLINE_MS (monotonic; looking the name up is bounded by the
 * resolver's own limits). RELAY is set as soon as an address is known, to "host[address]:port".
 * A connected descriptor (non-blocking, close-on-exec) that the caller owns, or -errno and a
 * sentence in ERROR.
 */
int net_connect(const char *host, uint16_t port, int64_t address_ms, int64_t deadline_ms,
	char relay[NET_RELAY_MAX], char *error, size_t error_size);

/* Appends the addresses that HOST has, with commas between. 0, or -errno and a sentence in ERROR. */
int net_addresses(const char *host, struct buf *out, char *error, size_t error_size);

/*
 * Puts behind each address the next one of the other family, if there is one, so that a machine whose
 * IPv6 leads nowhere does not try all of those first. Within a family the order stays.
 */
void net_interleave(struct addrinfo *list);

/*
 * Acknowledges what has come so far. A server that sends its replies piece by piece, as Nagle's algorithm
 * (RFC 9293 section 3.7.4) has it, waits for that before the next piece, and we would wait with it for
 * something to say.
 */
void net_acknowledge(int fd);

/* The address of the peer of FD as text, or "unknown". */
void net_peer_name(int fd, char *to, size_t size);

/* True if the peer of FD is this machine (127.0.0.0/8, ::1, or a local socket). */
bool net_peer_is_loopback(int fd);

#endif
