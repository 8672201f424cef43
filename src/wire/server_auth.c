/* SPDX-License-Identifier: ISC */
/* AUTH (RFC 4954) with PLAIN (RFC 4616) and LOGIN. Secrets are wiped as soon as they were judged. */
#include <string.h>

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "wire/server_session.h"

bool server_may_auth(const struct server *server)
{
	const struct server_options *o = server->options;

	return (o->auth_plain || o->auth_login) &&
	       (server->secure || o->allow_plain_auth);
}

/* The decoded answer, or false after the client was told why not. ROOM is enough for any line, so
 * that growing leaves no copy behind. */
static bool decode(struct server *server, const char *s, size_t n, struct buf *out)
{
	if (n == 1 && *s == '*') {
		server_answer(server, 501, "5.7.0", "Cancelled");
		return false;
	}
	if (!buf_reserve(out, SERVER_COMMAND_MAX) || base64_decode(s, n, out) < 0) {
		server_answer(server, 501, "5.5.2", "That is no base64");
		return false;
	}
	return true;
}

/* Sends a challenge and reads what comes back. */
static bool ask(struct server *server, const char *challenge, struct buf *out)
{
	enum server_line kind;
	bool ok;

	stream_printf(server->stream, "334 %s\r\n", challenge);
	if (server_read_line(server, &kind) < 0)
		return false;
	if (kind == SERVER_LINE_END) {
		server->ended = true;
		return false;
	}
	if (kind != SERVER_LINE_OK) {
		server_answer(server, 500, "5.5.6", "That line is not in order");
		return false;
	}
	ok = decode(server, server->line.data, server->line.len, out);
	buf_erase(&server->line);
	return ok;
}

static void judge(struct server *server, const char *user, const char *password)
{
	if (!*user || strlen(user) >= sizeof(server->user) ||
		!server->handler->authenticate(server->context, user, password)) {
		server_answer(server, 535, "5.7.8", "Name or password is wrong");
		return;
	}
	memcpy(server->user, user, strlen(user) + 1);
	server_answer(server, 235, "2.7.0", "Welcome");
}

/* authorization identity, NUL, name, NUL, password; another identity than one's own is refused. */
static void judge_plain(struct server *server, struct buf *message)
{
	const char *identity = buf_cstr(message), *user, *password;
	const char *end = identity ? identity + message->len : NULL;

	user = identity ? memchr(identity, '\0', message->len) : NULL;
	password = user ? memchr(user + 1, '\0', (size_t)(end - user - 1)) : NULL;
	if (!password || password + 1 + strlen(password + 1) != end) {
		server_answer(server, 501, "5.5.2", "That is not what PLAIN sends");
		return;
	}
	if (*identity && strcmp(identity, user + 1) != 0) {
		server_answer(server, 535, "5.7.8", "Nobody acts for others here");
		return;
	}
	judge(server, user + 1, password + 1);
}

static void do_plain(struct server *server, const char *initial, size_t n)
{
	CLEANUP(buf_wipe) struct buf message = { 0 };

	if (n == 1 && *initial == '=')
		initial = "", n = 0; /* a response, and an empty one */
	else if (n == 0)
		initial = NULL;
	if (initial ? decode(server, initial, n, &message) : ask(server, "", &message))
		judge_plain(server, &message);
}

static void do_login(struct server *server, const char *initial, size_t n)
{
	CLEANUP(buf_wipe) struct buf user = { 0 }, password = { 0 };

	if ((n ? decode(server, initial, n, &user)
	       : ask(server, "VXNlcm5hbWU6", &user)) &&
		ask(server, "UGFzc3dvcmQ6", &password)) {
		const char *u = buf_cstr(&user), *p = buf_cstr(&password);

		if (u && p && strlen(u) == user.len && strlen(p) == password.len)
			judge(server, u, p);
		else
			server_answer(
				server, 501, "5.5.2", "That is no name or password");
	}
}

static const struct mechanism {
	const char *name;
	size_t offered; /* where in the options */
	void (*run)(struct server *server, const char *initial, size_t n);
} mechanisms[] = {
	{ "PLAIN", offsetof(struct server_options, auth_plain), do_plain },
	{ "LOGIN", offsetof(struct server_options, auth_login), do_login },
};

static const struct mechanism *find(
	const struct server_options *options, const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
		const struct mechanism *m = &mechanisms[i];

		if (*(const bool *)((const char *)options + m->offered) &&
			text_is(name, n, m->name))
			return m;
	}
	return NULL;
}

int server_do_auth(struct server *server, const char *argument, size_t n)
{
	const struct server_options *o = server->options;
	const char *blank = n ? memchr(argument, ' ', n) : NULL;
	size_t word = blank ? (size_t)(blank - argument) : n;
	const struct mechanism *mechanism;

	if (!o->auth_plain && !o->auth_login)
		return server_answer(server, 502, "5.5.1", "AUTH is not offered");
	if (!server_may_auth(server))
		return server_answer(
			server, 538, "5.7.11", "Passwords are taken over TLS only");
	if (*server->user || server->mail_given)
		return server_answer(server, 503, "5.5.1", "Not now");
	mechanism = find(o, argument, word);
	if (!mechanism)
		return server_answer(
			server, 504, "5.5.4", "That mechanism is not offered");
	/* asking reads the next line into the buffer that the argument lies in */
	mechanism->run(server, blank ? blank + 1 : "", blank ? n - word - 1 : 0);
	buf_erase(&server->line);
	return server->stream->failed;
}
