/* SPDX-License-Identifier: ISC */
#include "wire/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"

static void addrinfo_free_p(struct addrinfo **list)
{
	if (*list)
		freeaddrinfo(*list);
}

void net_interleave(struct addrinfo *list)
{
	for (; list && list->ai_next; list = list->ai_next) {
		struct addrinfo **link = &list->ai_next, *other;

		while (*link && (*link)->ai_family == list->ai_family)
			link = &(*link)->ai_next;
		other = *link;
		if (!other || other == list->ai_next)
			continue;
		*link = other->ai_next;
		other->ai_next = list->ai_next;
		list->ai_next = other;
	}
}

static int resolve(const char *host, uint16_t port, struct addrinfo **ret, char *error,
	size_t error_size)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };
	char service[8];
	int r;

	snprintf(service, sizeof(service), "%u", port);
	/* RFC 6761 section 6.3: "localhost" is loopback without asking anybody */
	r = getaddrinfo(
		strcasecmp(host, "localhost") == 0 ? NULL : host, service, &hints, ret);
	if (r == 0) {
		net_interleave(*ret);
		return 0;
	}
	snprintf(error, error_size,
		"name %s does not resolve: %s; check host, and this machine's DNS "
		"(/etc/resolv.conf)",
		host, r == EAI_SYSTEM ? strerror(errno) : gai_strerror(r));
	return -EHOSTUNREACH;
}

int net_addresses(const char *host, struct buf *out, char *error, size_t error_size)
{
	CLEANUP(addrinfo_free_p) struct addrinfo *list = NULL;
	char number[INET6_ADDRSTRLEN];
	int r = resolve(host, 0, &list, error, error_size);

	if (r < 0)
		return r;
	for (const struct addrinfo *a = list; a; a = a->ai_next) {
		if (getnameinfo(a->ai_addr, a->ai_addrlen, number, sizeof(number), NULL,
			    0, NI_NUMERICHOST) == 0)
			buf_addf(out, "%s%s", out->len ? ", " : "", number);
	}
	return 0;
}

static void relay_name(const char *host, uint16_t port, const struct addrinfo *address,
	char relay[NET_RELAY_MAX])
{
	char number[INET6_ADDRSTRLEN] = "?";

	getnameinfo(address->ai_addr, address->ai_addrlen, number, sizeof(number), NULL,
		0, NI_NUMERICHOST);
	/* what follows the host always fits, so that only an excessive name is cut */
	snprintf(relay, NET_RELAY_MAX, "%.*s[%s]:%u",
		NET_RELAY_MAX - INET6_ADDRSTRLEN - 10, host, number, port);
}

/* 0 when FD is connected, or -errno. */
static int wait_connected(int fd, int64_t deadline_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int failure = 0, r;
	socklen_t size = sizeof(failure);

	do {
		int64_t left = deadline_ms - clock_mono_ms();

		r = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	if (r == 0)
		return -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) < 0)
		return -errno;
	return -failure;
}

/* A connected descriptor or -errno. */
static int connect_address(const struct addrinfo *address, int64_t deadline_ms)
{
	CLEANUP_CLOSE int fd = socket(address->ai_family,
		address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
		address->ai_protocol);
	int one = 1, r;

	if (fd < 0)
		return -errno;
	/* commands go out in flights that are complete: nothing to wait for */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, address->ai_addr, address->ai_addrlen) < 0) {
		if (errno != EINPROGRESS)
			return -errno;
		r = wait_connected(fd, deadline_ms);
		if (r < 0)
			return r;
	}
	return steal_fd(&fd);
}

static const char *connect_hint(int failure)
{
	switch (failure) {
	case -ECONNREFUSED: return "nothing listens there: check host and port";
	case -ETIMEDOUT:
		return "a firewall may block the port: try another that the provider "
		       "offers (465, 587, 2525)";
	default: return "check this machine's network";
	}
}

int net_connect(const char *host, uint16_t port, int64_t address_ms, int64_t deadline_ms,
	char relay[NET_RELAY_MAX], char *error, size_t error_size)
{
	CLEANUP(addrinfo_free_p) struct addrinfo *list = NULL;
	int r = resolve(host, port, &list, error, error_size);

	if (r < 0)
		return r;
	for (const struct addrinfo *a = list; a; a = a->ai_next) {
		int64_t until = clock_mono_ms() + address_ms;

		relay_name(host, port, a, relay);
		r = connect_address(a, until < deadline_ms ? until : deadline_ms);
		if (r >= 0)
			return r;
		snprintf(error, error_size, "connection to %s: %s; %s", relay,
			strerror(-r), connect_hint(r));
		if (clock_mono_ms() >= deadline_ms)
			break;
	}
	return r;
}

void net_acknowledge(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
}

union peer {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage storage;
};

void net_peer_name(int fd, char *to, size_t size)
{
	union peer peer = { 0 };
	socklen_t len = sizeof(peer);

	if (getpeername(fd, &peer.any, &len) < 0 ||
		getnameinfo(&peer.any, len, to, (socklen_t)size, NULL, 0,
			NI_NUMERICHOST) != 0)
		snprintf(to, size, "unknown");
}

bool net_peer_is_loopback(int fd)
{
	union peer peer = { 0 };
	socklen_t size = sizeof(peer);

	if (getpeername(fd, &peer.any, &size) < 0)
		return false;
	switch (peer.any.sa_family) {
	case AF_UNIX: return true;
	case AF_INET: return ntohl(peer.in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	case AF_INET6: return IN6_IS_ADDR_LOOPBACK(&peer.in6.sin6_addr);
	default: return false;
	}
}
