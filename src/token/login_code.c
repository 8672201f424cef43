/* SPDX-License-Identifier: ISC */
/*
 * The browser ends at http://127.0.0.1:PORT/?code=...&state=... (or localhost), where we listen. Any program of this
 * machine can come there too, so what lacks our state is not listened to; and the code is worth nothing
 * to who lacks our verifier (RFC 7636).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "token/https.h"
#include "token/login.h"
#include "token/query.h"

#define ANSWER_MS   15000
#define RANDOM_SIZE 32 /* octets: 43 characters, RFC 7636 section 4.1 */
#define REQUEST_MAX 8192
#define PEER_MS	    2000 /* for a browser to say what it wants */
#define SHA256_SIZE 32

struct visit {
	char verifier[64];
	char state[64];
	char redirect[64]; /* our own URL; without a path, as it is registered */
	char code[2048];   /* what the browser brought; "": nothing yet */
	char error[64];	   /* or that */
};

/* 0 or -EIO. */
static int make_random(char to[64])
{
	unsigned char bytes[RANDOM_SIZE];
	struct buf text = { 0 };
	int r = gnutls_rnd(GNUTLS_RND_KEY, bytes, sizeof(bytes));

	base64url_encode(bytes, sizeof(bytes), &text);
	if (r < 0 || !buf_cstr(&text))
		r = -EIO;
	else
		snprintf(to, 64, "%s", text.data);
	buf_free(&text);
	return r;
}

/* On loopback, at a port of the kernel's choice. The descriptor or -errno. */
static int start_listening(const struct conf *conf, struct visit *visit)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	CLEANUP_CLOSE int fd =
		socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 ||
		listen(fd, 4) < 0 ||
		getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	snprintf(visit->redirect, sizeof(visit->redirect), "http://%s:%u",
		oauth_redirect_host(conf), ntohs(address.sin_port));
	return steal_fd(&fd);
}

/* True if TEXT, a request or a URL, is the answer to our question. */
static bool take_answer(struct visit *visit, const char *text)
{
	char state[sizeof(visit->state)];

	return query_value(text, "state", state, sizeof(state)) &&
	       strcmp(state, visit->state) == 0 &&
	       (query_value(text, "code", visit->code, sizeof(visit->code)) ||
		       query_value(text, "error", visit->error, sizeof(visit->error)));
}

/* The first line that comes in time, or what there is of it. */
static void read_request(int fd, char request[REQUEST_MAX])
{
	int64_t deadline_ms = clock_mono_ms() + PEER_MS, left;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t have = 0;

	request[0] = '\0';
	while (!strchr(request, '\n') && (left = deadline_ms - clock_mono_ms()) > 0) {
		ssize_t n = poll(&p, 1, (int)left) <= 0
				    ? 0
				    : recv(fd, request + have, REQUEST_MAX - 1 - have, 0);

		if (n <= 0)
			return;
		have += (size_t)n;
		request[have] = '\0';
	}
}

/* One connection: its request line, and an answer to a person. True if it brought what we wait for. */
static bool serve(int listener, struct visit *visit)
{
	static const char answer[] =
		"HTTP/1.0 %s\r\nContent-Type: text/plain; charset=us-ascii\r\n"
		"Connection: close\r\n\r\n%s\r\n";
	CLEANUP_CLOSE int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	char request[REQUEST_MAX];
	bool good;

	if (fd < 0)
		return false;
	read_request(fd, request);
	good = strncmp(request, "GET /", 5) == 0 && take_answer(visit, request);
	dprintf(fd, answer, good ? "200 OK" : "400 Bad Request",
		!good	       ? "This is not what mailchute asked for."
		: *visit->code ? "mailchute has what it needs. Go back to the terminal."
			       : "There was no consent. Go back to the terminal.");
	explicit_bzero(request, sizeof(request));
	return good;
}

/* A line of standard input. 1 if it is what we wait for, 0 if not, -1 at the end of the input. */
static int read_typed(struct visit *visit)
{
	char line[REQUEST_MAX];
	ssize_t n = read(STDIN_FILENO, line, sizeof(line) - 1);
	bool good;

	if (n <= 0)
		return -1;
	line[n] = '\0';
	good = take_answer(visit, line);
	explicit_bzero(line, sizeof(line));
	if (!good && line[0] != '\n')
		fputs("That is not the address where this login ends; copy all of it, "
		      "from http:// on.\n",
			stderr);
	return good;
}

/* From the browser or from the keyboard. False after LOGIN_WAIT_MS. */
static bool wait_for_answer(int listener, struct visit *visit)
{
	int64_t deadline_ms = clock_mono_ms() + LOGIN_WAIT_MS;
	struct pollfd p[] = { { .fd = listener, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN } };
	int64_t left;

	while ((left = deadline_ms - clock_mono_ms()) > 0) {
		if (poll(p, 2, (int)left) <= 0)
			continue;
		if (p[0].revents && serve(listener, visit))
			return true;
		if (p[1].revents) {
			int typed = read_typed(visit);

			if (typed > 0)
				return true;
			if (typed < 0)
				p[1].fd = -1;
		}
	}
	return false;
}

/* Where the person has to go (RFC 6749 section 4.1.1). */
static int print_question(const struct client *client, const struct visit *visit)
{
	const struct conf *conf = client->conf;
	unsigned char hash[SHA256_SIZE];
	CLEANUP(buf_free) struct buf query = { 0 };
	CLEANUP(buf_free) struct buf challenge = { 0 };

	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, visit->verifier, strlen(visit->verifier),
		    hash) < 0)
		return -EIO;
	base64url_encode(hash, sizeof(hash), &challenge);
	https_add(&query, "response_type", "code");
	https_add(&query, "client_id", conf->oauth_client_id);
	https_add(&query, "redirect_uri", visit->redirect);
	https_add(&query, "scope", conf->oauth_scope);
	https_add(&query, "state", visit->state);
	https_add(&query, "code_challenge", buf_cstr(&challenge) ? challenge.data : "");
	https_add(&query, "code_challenge_method", "S256");
	https_add(&query, "login_hint", conf->user);
	if (buf_failed(&challenge) || !buf_cstr(&query))
		return -ENOMEM;
	fprintf(stderr,
		"In a browser, open\n\n  %s%c%s\n\nand log in as %s.\n\n"
		"If that browser runs on this machine, that is all. If not, it ends at a "
		"page\nthat it cannot show: copy its address (%s/?...) from\nthe "
		"browser, "
		"and enter it here:\n\n",
		conf->oauth_auth_url, strchr(conf->oauth_auth_url, '?') ? '&' : '?',
		query.data, conf->user, visit->redirect);
	return 0;
}

static enum grant_verdict exchange(
	struct client *client, const struct visit *visit, struct grant *ret)
{
	struct buf form = { 0 };

	client_form(client, "authorization_code", &form);
	https_add(&form, "code", visit->code);
	https_add(&form, "redirect_uri", visit->redirect);
	https_add(&form, "code_verifier", visit->verifier);
	return client_post(client, client->conf->oauth_token_url, &form, ANSWER_MS,
		grant_parse_token, ret);
}

enum grant_verdict login_code(struct client *client, struct grant *ret)
{
	struct visit visit = { 0 };
	CLEANUP_CLOSE int listener = start_listening(client->conf, &visit);
	int r = listener < 0 ? listener : 0;

	if (r == 0)
		r = make_random(visit.verifier);
	if (r == 0)
		r = make_random(visit.state);
	if (r == 0)
		r = print_question(client, &visit);
	if (r < 0)
		snprintf(client->text, sizeof(client->text), "OAuth2: %s", strerror(-r));
	else if (!wait_for_answer(listener, &visit))
		snprintf(client->text, sizeof(client->text),
			"OAuth2: nobody consented in time");
	else if (!*visit.code)
		snprintf(client->text, sizeof(client->text),
			"OAuth2: there was no consent (%s)", visit.error);
	else
		return exchange(client, &visit, ret);
	return GRANT_REFUSED;
}
