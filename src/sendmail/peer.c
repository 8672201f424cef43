/* SPDX-License-Identifier: ISC */
#include "sendmail/peer.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage room;
};

/* A socket that serves both families shows IPv4 as ::ffff:192.0.2.1; the client's end does not. */
static void unmap(union address *a)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = a->v6.sin6_port };

	if (a->any.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr))
		return;
	memcpy(&v4.sin_addr, &a->v6.sin6_addr.s6_addr[12], sizeof(v4.sin_addr));
	a->v4 = v4;
}

static const void *octets(const union address *a, size_t *ret_size)
{
	*ret_size = a->any.sa_family == AF_INET ? sizeof(a->v4.sin_addr)
						: sizeof(a->v6.sin6_addr);
	return a->any.sa_family == AF_INET ? (const void *)&a->v4.sin_addr
					   : &a->v6.sin6_addr;
}

/* The client's socket, by its two ends. The ports stand at the same place in both families. */
static struct inet_diag_sockid socket_id(
	const union address *client, const union address *server)
{
	struct inet_diag_sockid id = { .idiag_sport = client->v4.sin_port,
		.idiag_dport = server->v4.sin_port,
		.idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE } };
	size_t size;
	const void *from = octets(client, &size);

	memcpy(id.idiag_src, from, size);
	from = octets(server, &size);
	memcpy(id.idiag_dst, from, size);
	return id;
}

/* True if TOLD is the address that was asked for. An IPv6 socket that speaks IPv4 is found, and told mapped. */
static bool is_end(
	const struct inet_diag_msg *m, const __be32 told[4], const __be32 asked[4])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool is_mapped = m->idiag_family == AF_INET6 && memcmp(told, mapped, 12) == 0;

	return is_mapped ? told[3] == asked[0] : memcmp(told, asked, 16) == 0;
}

/*
 * True if the answer is about the socket that was asked for. Where that is gone, the kernel tells of
 * a listening one at its address, and one that its owner has closed has no inode: its uid is 0 then,
 * which is not its owner's.
 */
static bool fits(const struct inet_diag_msg *m, const struct inet_diag_sockid *id)
{
	return m->idiag_inode && m->id.idiag_sport == id->idiag_sport &&
	       m->id.idiag_dport == id->idiag_dport &&
	       is_end(m, m->id.idiag_src, id->idiag_src) &&
	       is_end(m, m->id.idiag_dst, id->idiag_dst);
}

/* Asks for one socket; the kernel has answered when write() returns. See sock_diag(7). */
static uint32_t ask_owner(int family, const struct inet_diag_sockid *id)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} request = { .head = { .nlmsg_len = sizeof(request),
			      .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			      .nlmsg_flags = NLM_F_REQUEST },
		.body = { .sdiag_family = (uint8_t)family,
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_states = ~0U,
			.id = *id } };
	struct {
		struct nlmsghdr head;
		struct inet_diag_msg body;
		char more[4096];
	} reply;
	CLEANUP_CLOSE int fd = socket(
		AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
	ssize_t got;

	if (fd < 0 || write(fd, &request, sizeof(request)) != sizeof(request))
		return ENVELOPE_UNKNOWN;
	got = read(fd, &reply, sizeof(reply));
	if (got < (ssize_t)(sizeof(reply.head) + sizeof(reply.body)) ||
		reply.head.nlmsg_type != SOCK_DIAG_BY_FAMILY || !fits(&reply.body, id))
		return ENVELOPE_UNKNOWN;
	return reply.body.idiag_uid;
}

static void find_local(int fd, struct peer *ret)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	ret->kind = PEER_LOCAL;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0)
		ret->uid = credentials.uid;
}

static void find_network(union address *client, union address *server, struct peer *ret)
{
	struct inet_diag_sockid id;
	size_t size;

	unmap(client);
	unmap(server);
	id = socket_id(client, server);
	ret->kind = PEER_NETWORK;
	ret->uid = ask_owner(client->any.sa_family, &id);
	inet_ntop(client->any.sa_family, octets(client, &size), ret->address,
		sizeof(ret->address));
}

void peer_find(int fd, struct peer *ret)
{
	union address client = { 0 }, server = { 0 };
	socklen_t size = sizeof(client), server_size = sizeof(server);

	*ret = (struct peer){ .uid = ENVELOPE_UNKNOWN };
	if (getpeername(fd, &client.any, &size) < 0 ||
		getsockname(fd, &server.any, &server_size) < 0)
		return;
	if (client.any.sa_family == AF_UNIX)
		find_local(fd, ret);
	else if (client.any.sa_family == AF_INET || client.any.sa_family == AF_INET6)
		find_network(&client, &server, ret);
}
