/* SPDX-License-Identifier: ISC */
/*
 * delay PORT ROUND-TRIP-MS: a line to 127.0.0.1:PORT with that round-trip time. It says "port N", where
 * it listens, and serves until it is killed.
 *
 * Octets stay in order and leave half a round trip after they came, as many at a time as there are: the
 * bandwidth is that of the machine, and there is no slow start. A connection counts as made after the
 * three halves that the server of a real line hears of it.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINKS_MAX  256
#define READ_MAX   65536
#define ON_WAY_MAX ((size_t)256 << 20) /* octets of one direction */
#define NS_PER_MS  1000000
#define SIDES	   2
#define FOREVER	   INT64_MAX

struct chunk {
	struct chunk *next;
	int64_t due_ns;
	size_t len, sent; /* nothing in it: the end */
	char bytes[];
};

/* What one side said and the other has not heard. */
struct direction {
	struct chunk *first, **last;
	size_t on_way;
	bool ended, blocked;
};

struct link {
	int fds[SIDES]; /* of the client; of the server, -1 until connect_ns */
	int64_t connect_ns;
	struct direction from[SIDES];
};

static struct link links[LINKS_MAX];
static size_t link_count;
static int64_t half_ns;
static struct sockaddr_in server = { .sin_family = AF_INET };

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 * NS_PER_MS + t.tv_nsec;
}

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void set_no_delay(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void accept_one(int listener)
{
	struct link *l = &links[link_count];
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	set_no_delay(fd);
	*l = (struct link){ .fds = { fd, -1 }, .connect_ns = now_ns() + 3 * half_ns };
	for (int side = 0; side < SIDES; side++)
		l->from[side].last = &l->from[side].first;
	link_count++;
}

static bool connect_link(struct link *l)
{
	l->fds[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fds[1] < 0 ||
		connect(l->fds[1], (struct sockaddr *)&server, sizeof(server)) < 0)
		return false;
	set_no_delay(l->fds[1]);
	return true;
}

static bool can_read(const struct link *l, int side)
{
	return !l->from[side].ended && l->from[side].on_way < ON_WAY_MAX;
}

/* False when the connection is broken. */
static bool take(struct link *l, int side)
{
	static char bytes[READ_MAX];
	struct direction *d = &l->from[side];
	ssize_t n = recv(l->fds[side], bytes, sizeof(bytes), MSG_DONTWAIT);
	struct chunk *c;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c = malloc(sizeof(*c) + (size_t)n);
	if (!c)
		die("delay");
	*c = (struct chunk){ .due_ns = now_ns() + half_ns, .len = (size_t)n };
	memcpy(c->bytes, bytes, (size_t)n);
	*d->last = c;
	d->last = &c->next;
	d->on_way += (size_t)n;
	d->ended = n == 0;
	return true;
}

static void drop_first(struct direction *d)
{
	struct chunk *c = d->first;

	d->first = c->next;
	if (!d->first)
		d->last = &d->first;
	d->on_way -= c->len;
	free(c);
}

/* Gives the other side what is due. False when the connection is broken. */
static bool give(struct link *l, int side, int64_t now)
{
	struct direction *d = &l->from[side];
	int to = l->fds[1 - side];

	while (to >= 0 && d->first && d->first->due_ns <= now) {
		struct chunk *c = d->first;
		ssize_t n = 0;

		if (c->len == 0)
			shutdown(to, SHUT_WR);
		else
			n = send(to, c->bytes + c->sent, c->len - c->sent,
				MSG_DONTWAIT | MSG_NOSIGNAL);
		d->blocked = n < 0 && errno == EAGAIN;
		if (n < 0)
			return d->blocked;
		c->sent += (size_t)n;
		if (c->sent == c->len)
			drop_first(d);
	}
	return true;
}

static bool is_over(const struct link *l)
{
	return l->from[0].ended && l->from[1].ended && !l->from[0].first &&
	       !l->from[1].first;
}

static void close_link(struct link *l)
{
	for (int side = 0; side < SIDES; side++) {
		while (l->from[side].first)
			drop_first(&l->from[side]);
		if (l->fds[side] >= 0)
			close(l->fds[side]);
	}
	*l = links[--link_count];
	for (int side = 0; side < SIDES; side++) {
		if (!l->from[side].first)
			l->from[side].last = &l->from[side].first;
	}
}

/* When a link has something to do if nothing is heard. */
static int64_t next_due(const struct link *l)
{
	int64_t due = FOREVER;

	if (l->fds[1] < 0)
		return l->connect_ns;
	for (int side = 0; side < SIDES; side++) {
		const struct direction *d = &l->from[side];

		if (d->first && !d->blocked && d->first->due_ns < due)
			due = d->first->due_ns;
	}
	return due;
}

static void want(const struct link *l, struct pollfd fds[SIDES])
{
	for (int side = 0; side < SIDES; side++) {
		fds[side] = (struct pollfd){ .fd = l->fds[side] };
		if (can_read(l, side))
			fds[side].events |= POLLIN;
		if (l->from[1 - side].blocked)
			fds[side].events |= POLLOUT;
		if (!fds[side].events)
			fds[side].fd = -1;
	}
}

/* False when it is over. */
static bool serve(struct link *l, const struct pollfd heard[SIDES], int64_t now)
{
	if (l->fds[1] < 0 && l->connect_ns <= now && !connect_link(l))
		return false;
	for (int side = 0; side < SIDES; side++) {
		if ((heard[side].revents & (POLLIN | POLLHUP | POLLERR)) &&
			can_read(l, side) && !take(l, side))
			return false;
	}
	return give(l, 0, now) && give(l, 1, now) && !is_over(l);
}

static void run(int listener)
{
	static struct pollfd fds[1 + SIDES * LINKS_MAX];

	for (;;) {
		int64_t due = FOREVER, wait = now_ns();
		struct timespec timeout;

		for (size_t i = 0; i < link_count; i++) {
			want(&links[i], &fds[1 + SIDES * i]);
			if (next_due(&links[i]) < due)
				due = next_due(&links[i]);
		}
		wait = due < wait ? 0 : due - wait;
		timeout = (struct timespec){ .tv_sec = wait / 1000 / NS_PER_MS,
			.tv_nsec = wait % (1000 * (int64_t)NS_PER_MS) };
		fds[0] = (struct pollfd){ .fd = link_count < LINKS_MAX ? listener : -1,
			.events = POLLIN };
		if (ppoll(fds, 1 + SIDES * link_count, due == FOREVER ? NULL : &timeout,
			    NULL) < 0)
			die("delay: poll");
		for (size_t i = link_count;
			i-- > 0;) { /* the last one moves into a gap */
			if (!serve(&links[i], &fds[1 + SIDES * i], now_ns()))
				close_link(&links[i]);
		}
		if (fds[0].revents)
			accept_one(listener);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in name = { .sin_family = AF_INET };
	socklen_t size = sizeof(name);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 3) {
		fputs("usage: delay PORT ROUND-TRIP-MS\n", stderr);
		return EXIT_FAILURE;
	}
	server.sin_addr.s_addr = name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server.sin_port = htons((uint16_t)atoi(argv[1]));
	half_ns = (int64_t)(atof(argv[2]) * NS_PER_MS / 2);
	if (listener < 0 || bind(listener, (struct sockaddr *)&name, size) < 0 ||
		listen(listener, 128) < 0 ||
		getsockname(listener, (struct sockaddr *)&name, &size) < 0)
		die("delay: cannot listen");
	printf("port %u\n", (unsigned)ntohs(name.sin_port));
	fflush(stdout);
	run(listener);
}
