/* SPDX-License-Identifier: ISC */
/* The sandbox's listening sockets, and its children: one for each connection. */
#include "control/sandbox.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

enum { STARTTLS, IMPLICIT, LISTENERS };

struct listener {
	const struct sandbox *sandbox;
	int fds[LISTENERS];
	int signals;
	sigset_t old_mask;
	pid_t children[SANDBOX_CHILDREN_MAX];
	size_t child_count;
};

static int open_socket(const struct addrinfo *address)
{
	CLEANUP_CLOSE int fd = socket(address->ai_family,
		SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, address->ai_protocol);
	int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
		bind(fd, address->ai_addr, address->ai_addrlen) < 0 ||
		listen(fd, 128) < 0)
		return -errno;
	return steal_fd(&fd);
}

/* A listening socket, or -errno, which was logged. */
static int listen_at(const char *host, uint16_t port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *address;
	char service[8];
	int r;

	snprintf(service, sizeof(service), "%u", (unsigned)port);
	r = getaddrinfo(host, service, &hints, &address);
	if (r != 0) {
		log_error("sandbox: --listen wants an IP address, and '%s' is none: %s",
			host, gai_strerror(r));
		return -EINVAL;
	}
	r = open_socket(address);
	freeaddrinfo(address);
	if (r < 0)
		log_error("sandbox: cannot listen at %s port %u: %s; choose others with "
			  "--listen, --port and --tls-port",
			host, (unsigned)port, strerror(-r));
	return r;
}

/* "127.0.0.1:2525", "[::1]:2525" */
static void format_name(int fd, char *to, size_t size)
{
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);
	char host[NI_MAXHOST] = "?", service[NI_MAXSERV] = "?";

	if (getsockname(fd, (struct sockaddr *)&name, &len) == 0)
		getnameinfo((struct sockaddr *)&name, len, host, sizeof(host), service,
			sizeof(service), NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(to, size, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, service);
}

static int announce(const struct listener *l)
{
	char names[LISTENERS][NI_MAXHOST + NI_MAXSERV + 4];

	for (int i = 0; i < LISTENERS; i++)
		format_name(l->fds[i], names[i], sizeof(names[i]));
	printf("ready starttls=%s implicit=%s ca=%s/ca.pem dir=%s\n", names[STARTTLS],
		names[IMPLICIT], l->sandbox->dir, l->sandbox->dir);
	return fflush(stdout) == 0 ? 0 : -errno;
}

/* From here on signals are read like anything else. */
static int take_signals(struct listener *l)
{
	sigset_t mask;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &mask, &l->old_mask) < 0)
		return -errno;
	l->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return l->signals < 0 ? -errno : 0;
}

static void serve_child(const struct listener *l, int fd, bool implicit_tls, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	for (int i = 0; i < LISTENERS; i++)
		close(l->fds[i]);
	close(l->signals);
	sigprocmask(SIG_SETMASK, &l->old_mask, NULL);
	sandbox_session(l->sandbox, fd, implicit_tls);
	_exit(EXIT_SUCCESS);
}

static void accept_one(struct listener *l, int which)
{
	CLEANUP_CLOSE int fd = accept4(l->fds[which], NULL, NULL, SOCK_CLOEXEC);
	pid_t parent = getpid(), pid;
	int one = 1;

	if (fd < 0)
		return; /* it went away again */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	pid = fork();
	if (pid == 0)
		serve_child(l, fd, which == IMPLICIT, parent);
	if (pid < 0)
		log_error("sandbox: cannot start a process for a connection: %s",
			strerror(errno));
	else
		l->children[l->child_count++] = pid;
}

static void forget(struct listener *l, pid_t pid)
{
	for (size_t i = 0; i < l->child_count; i++) {
		if (l->children[i] == pid) {
			l->children[i] = l->children[--l->child_count];
			return;
		}
	}
}

static void reap(struct listener *l)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		forget(l, pid);
		if (WIFSIGNALED(status))
			log_error(
				"sandbox: the process of a connection died of signal %d",
				WTERMSIG(status));
	}
}

/* Reads what arrived; true to stop. */
static bool take_signal(struct listener *l)
{
	struct signalfd_siginfo info;
	bool stop = false;

	while (read(l->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		stop |= info.ssi_signo != SIGCHLD;
	reap(l);
	return stop;
}

static int loop(struct listener *l)
{
	for (;;) {
		bool full = l->child_count == SANDBOX_CHILDREN_MAX;
		struct pollfd fds[LISTENERS + 1] = {
			{ .fd = full ? -1 : l->fds[STARTTLS], .events = POLLIN },
			{ .fd = full ? -1 : l->fds[IMPLICIT], .events = POLLIN },
			{ .fd = l->signals, .events = POLLIN },
		};

		if (poll(fds, LISTENERS + 1, -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[LISTENERS].revents && take_signal(l))
			return 0;
		for (int i = 0; i < LISTENERS; i++) {
			if (fds[i].revents && l->child_count < SANDBOX_CHILDREN_MAX)
				accept_one(l, i);
		}
	}
}

static void stop(struct listener *l)
{
	for (size_t i = 0; i < l->child_count; i++)
		kill(l->children[i], SIGTERM);
	for (size_t i = 0; i < l->child_count; i++)
		waitpid(l->children[i], NULL, 0);
	for (int i = 0; i < LISTENERS; i++)
		cleanup_close_p(&l->fds[i]);
	cleanup_close_p(&l->signals);
}

int sandbox_serve(struct sandbox *sandbox)
{
	struct listener l = { .sandbox = sandbox, .fds = { -1, -1 }, .signals = -1 };
	int r;

	l.fds[STARTTLS] = listen_at(sandbox->listen_address, sandbox->starttls_port);
	if (l.fds[STARTTLS] < 0)
		return l.fds[STARTTLS];
	l.fds[IMPLICIT] = listen_at(sandbox->listen_address, sandbox->implicit_port);
	r = l.fds[IMPLICIT] < 0 ? l.fds[IMPLICIT] : 0;
	if (r == 0) {
		r = take_signals(&l);
		if (r == 0)
			r = announce(&l);
		if (r == 0)
			r = loop(&l);
		if (r < 0)
			log_error("sandbox: %s", strerror(-r));
	}
	stop(&l);
	return r;
}
