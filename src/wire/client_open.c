/* SPDX-License-Identifier: ISC */
/*
 * From nothing to a connection that takes messages. Whatever goes wrong before that concerns the
 * link or the account, never a message.
 */
#include "wire/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "wire/auth.h"
#include "wire/client_io.h"

#define NO_STARTTLS                                                                      \
	"; check host and port, for something between may take it out (tls = "           \
	"\"implicit\" on port 465 cannot be tampered with)"

/* An opening in progress: the client, where words about trouble go, and a reply to read into. */
struct opening {
	struct client *client;
	const struct client_options *options;
	struct outcome *trouble;
	struct reply reply;
};

static void tell(const struct opening *o, enum stage stage, bool ok, const char *words)
{
	if (o->options->step)
		o->options->step(o->options->step_context, stage, ok, words);
}

/* Ends the opening: *O->trouble is set, and told. */
static int give_up(struct opening *o, enum stage stage, int failure)
{
	tell(o, stage, false, o->trouble->text);
	return failure;
}

static int give_up_link(struct opening *o, enum stage stage, int failure)
{
	/* who waits for TLS to begin says nothing */
	bool mute = stage == STAGE_GREETING && failure == -ETIMEDOUT &&
		    o->options->tls != CLIENT_TLS_IMPLICIT;

	*o->trouble = classify_fault(VERDICT_UNATTEMPTED, BLAME_LINK,
		stage == STAGE_TLS ? "4.7.5" : "4.4.2", "%s: %s%s", stage_name(stage),
		client_error(o->client, failure),
		mute ? "; is it tls = \"implicit\" on this port?" : "");
	return give_up(o, stage, failure);
}

static int give_up_reply(struct opening *o, enum stage stage)
{
	*o->trouble = client_classify(o->client, stage, &o->reply);
	return give_up(o, stage, o->trouble->blame == BLAME_ACCOUNT ? -EACCES : -EPROTO);
}

/* Something that the server does not offer and that we do not do without. */
static int give_up_refusing(
	struct opening *o, enum stage stage, enum blame blame, const char *words)
{
	*o->trouble = classify_fault(VERDICT_UNATTEMPTED, blame, "5.7.0", "%s", words);
	return give_up(o, stage, -EACCES);
}

/* Reads a reply, which must be the one that lets the dialogue go on. */
static int expect(struct opening *o, enum stage stage, int64_t ms)
{
	int r = client_reply(o->client, ms, &o->reply);

	if (r < 0)
		return give_up_link(o, stage, r);
	return classify_success(stage, o->reply.code) ? 0 : give_up_reply(o, stage);
}

static int open_connect(struct opening *o)
{
	int64_t all_ms = o->options->hurry ? CLIENT_HURRY_MS : CLIENT_CONNECT_MS;
	int64_t address_ms = o->options->hurry ? all_ms / 2 : CLIENT_ADDRESS_MS;
	char words[256] = "";
	int fd = net_connect(o->options->host, o->options->port, address_ms,
		clock_mono_ms() + all_ms, o->client->relay, words, sizeof(words));
	int r;

	if (fd < 0) {
		/* without a name or a network other ports are no better */
		o->client->unreached =
			strcmp(o->client->relay, "none") != 0 && fd != -ENETUNREACH;
		*o->trouble = classify_fault(
			VERDICT_UNATTEMPTED, BLAME_LINK, "4.4.1", "%s", words);
		return give_up(o, STAGE_CONNECT, fd);
	}
	r = stream_init(&o->client->stream, fd, fd);
	if (r < 0)
		return give_up_link(o, STAGE_CONNECT, r);
	tell(o, STAGE_CONNECT, true, o->client->relay);
	return 0;
}

static int open_tls(struct opening *o)
{
	struct client *c = o->client;
	char words[128];
	int r;

	client_allow(c, CLIENT_TLS_MS);
	r = tls_connect(&c->stream, o->options->tls_context, o->options->host);
	if (r < 0)
		return give_up_link(o, STAGE_TLS, r);
	tls_describe(&c->stream, words, sizeof(words));
	tell(o, STAGE_TLS, true, words);
	return 0;
}

static int open_greeting(struct opening *o)
{
	char words[OUTCOME_TEXT_MAX];
	int r = expect(o, STAGE_GREETING, CLIENT_GREETING_MS);

	if (r < 0)
		return r;
	reply_sentence(&o->reply, words, sizeof(words));
	tell(o, STAGE_GREETING, true, words);
	return 0;
}

/* A server from before RFC 1869 is good for mail, but not for what we require. */
static bool may_say_helo(const struct opening *o)
{
	return o->options->tls == CLIENT_TLS_NONE && !*o->options->user &&
	       (o->reply.code == 500 || o->reply.code == 502);
}

static int open_ehlo(struct opening *o)
{
	struct client *c = o->client;
	CLEANUP(buf_free) struct buf words = { 0 };
	int r;

	stream_printf(&c->stream, "EHLO %s\r\n", o->options->hello);
	r = client_reply(c, CLIENT_COMMAND_MS, &o->reply);
	if (r == 0 && may_say_helo(o)) {
		stream_printf(&c->stream, "HELO %s\r\n", o->options->hello);
		r = client_reply(c, CLIENT_COMMAND_MS, &o->reply);
		o->reply.len = 0; /* offers nothing */
	}
	if (r < 0)
		return give_up_link(o, STAGE_EHLO, r);
	if (!classify_success(STAGE_EHLO, o->reply.code))
		return give_up_reply(o, STAGE_EHLO);
	caps_parse(&o->reply, &c->caps);
	c->caps.pipelining = c->caps.pipelining && o->options->gear >= GEAR_DATA;
	c->caps.chunking = c->caps.chunking && o->options->gear >= GEAR_CHUNKING;
	caps_describe(&c->caps, &words);
	tell(o, STAGE_EHLO, true, buf_cstr(&words) ? buf_cstr(&words) : "");
	return 0;
}

static int open_starttls(struct opening *o)
{
	struct client *c = o->client;
	int r;

	if (!c->caps.starttls)
		return give_up_refusing(o, STAGE_STARTTLS, BLAME_LINK,
			*o->options->user
				? "the server offers no STARTTLS; refusing to send the "
				  "password in plain" NO_STARTTLS
				: "the server offers no STARTTLS; refusing to send mail "
				  "in "
				  "plain" NO_STARTTLS);
	stream_printf(&c->stream, "STARTTLS\r\n");
	r = expect(o, STAGE_STARTTLS, CLIENT_COMMAND_MS);
	if (r < 0)
		return r;
	if (stream_has_input(&c->stream))
		return give_up_refusing(o, STAGE_STARTTLS, BLAME_LINK,
			"the server, or someone between, sent something in plain behind "
			"the answer to STARTTLS (RFC 3207 section 6); refusing to go on");
	tell(o, STAGE_STARTTLS, true, "");
	/* RFC 3207 section 4.2: what was said in plain counts for nothing */
	c->caps = (struct caps){ 0 };
	r = open_tls(o);
	return r < 0 ? r : open_ehlo(o);
}

/* Sends one line of the login and leaves no copy of it behind. */
static int send_secret(struct client *c, struct buf *line)
{
	int r;

	buf_adds(line, "\r\n");
	r = stream_write(&c->stream, line->data, line->len);
	if (r == 0)
		r = stream_flush(&c->stream);
	buf_wipe(line);
	buf_erase(&c->stream.out);
	return r;
}

/* One line of the login, and what the server says to it. 0; as auth_next() or client_reply(). */
static int login_line(struct opening *o, struct auth *auth)
{
	struct client *c = o->client;
	CLEANUP(buf_wipe) struct buf line = { 0 };
	int r = auth_next(auth, o->reply.text, o->reply.len, &line);

	client_allow(c, CLIENT_COMMAND_MS);
	if (r == 0)
		r = send_secret(c, &line);
	return r < 0 ? r : client_reply(c, CLIENT_COMMAND_MS, &o->reply);
}

/* The server's part of the login is wrong. As long as it could not learn anything, another
 * mechanism may do. As login_dialogue(). */
static int login_broken(struct opening *o, const struct auth *auth)
{
	struct client *c = o->client;
	int r;

	if (auth->committed)
		return give_up_refusing(o, STAGE_AUTH, BLAME_ACCOUNT, auth->why);
	stream_printf(&c->stream, "*\r\n"); /* RFC 4954 section 4 */
	r = client_reply(c, CLIENT_COMMAND_MS, &o->reply);
	if (r < 0)
		return give_up_link(o, STAGE_AUTH, r);
	*o->trouble = classify_fault(
		VERDICT_UNATTEMPTED, BLAME_ACCOUNT, "5.7.0", "%s", auth->why);
	return 1;
}

/* 0; 1 and *trouble, which is not told yet, if it is the mechanism that does not suit; -errno. */
static int login_dialogue(struct opening *o, struct auth *auth)
{
	int code;

	do {
		int r = login_line(o, auth);

		if (auth->why)
			return login_broken(o, auth);
		if (r < 0)
			return give_up_link(o, STAGE_AUTH, r);
		code = o->reply.code;
	} while (code == 334);
	if (classify_success(STAGE_AUTH, code) && !auth_is_complete(auth))
		return give_up_refusing(o, STAGE_AUTH, BLAME_ACCOUNT,
			"the server accepted the login without proving that it knows "
			"the password; refusing to go on");
	if (classify_success(STAGE_AUTH, code))
		return 0;
	auth_hide(auth->login, o->reply.text);
	o->reply.len = strlen(o->reply.text);
	if (code == 504 || (code >= 500 && !auth->committed)) {
		*o->trouble = client_classify(o->client, STAGE_AUTH, &o->reply);
		return 1;
	}
	return give_up_reply(o, STAGE_AUTH);
}

static int no_mechanism(struct opening *o, unsigned usable)
{
	const struct caps *caps = &o->client->caps;
	bool for_tokens =
		!o->options->token &&
		(caps->mechanisms & (1u << SASL_OAUTHBEARER | 1u << SASL_XOAUTH2));
	char names[128] = "";

	for (enum sasl_mechanism m; (m = auth_best(usable)); usable &= ~(1u << m)) {
		size_t n = strlen(names);

		snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "",
			sasl_name(m));
	}
	*o->trouble = classify_fault(VERDICT_UNATTEMPTED, BLAME_ACCOUNT, "5.7.4",
		"the server offers none of the logins that can be made (%s); it offers: "
		"%s%s",
		names, *caps->auth ? caps->auth : "nothing",
		for_tokens ? "; for a token, set oauth or token-command" : "");
	return give_up(o, STAGE_AUTH, -EACCES);
}

/* From the best mechanism to the last, until the server says yes or no to the login itself. */
static int try_mechanisms(struct opening *o, const struct auth_login *login)
{
	unsigned offered = o->client->caps.mechanisms,
		 allowed = o->options->mechanisms ? o->options->mechanisms : ~0u,
		 usable = auth_usable(login) & allowed, left = usable & offered;
	struct auth auth;
	int r;

	if (!left)
		return no_mechanism(o, usable);
	do {
		auth_start(&auth, login, auth_best(left), offered);
		left &= ~(1u << auth.mechanism);
		r = login_dialogue(o, &auth);
		auth_end(&auth);
	} while (r > 0 && left);
	if (r == 0)
		tell(o, STAGE_AUTH, true, sasl_name(auth.mechanism));
	return r > 0 ? give_up(o, STAGE_AUTH, -EACCES) : r;
}

static int open_login(struct opening *o)
{
	const struct client_options *options = o->options;
	char nonce[AUTH_NONCE_SIZE];
	struct auth_login login = { .forced = options->auth,
		.user = options->user_is_secret ? options->password : options->user,
		.secret = options->password ? options->password : "",
		.token = options->token,
		.host = options->host,
		.port = options->port,
		.nonce = nonce };
	int r;

	if (options->tls == CLIENT_TLS_NONE &&
		!net_peer_is_loopback(o->client->stream.in_fd))
		return give_up_refusing(o, STAGE_AUTH, BLAME_ACCOUNT,
			"refusing to send the password in plain to another machine; set "
			"tls to \"starttls\" or \"implicit\"");
	login.binding = tls_channel_binding(&o->client->stream, &login.binding_data);
	r = auth_make_nonce(nonce);
	r = r < 0 ? give_up_link(o, STAGE_AUTH, r) : try_mechanisms(o, &login);
	buf_free(&login.binding_data);
	return r;
}

static bool wants_login(const struct client_options *options)
{
	return *options->user || options->auth == SASL_EXTERNAL;
}

static int open_dialogue(struct opening *o)
{
	enum client_tls tls = o->options->tls;
	int r = open_connect(o);

	if (r == 0 && tls == CLIENT_TLS_IMPLICIT)
		r = open_tls(o);
	if (r == 0)
		r = open_greeting(o);
	if (r == 0)
		r = open_ehlo(o);
	if (r == 0 && tls == CLIENT_TLS_STARTTLS)
		r = open_starttls(o);
	if (r == 0 && wants_login(o->options))
		r = open_login(o);
	return r;
}

int client_open(struct client *client, const struct client_options *options,
	struct outcome *trouble)
{
	struct opening o = { .client = client, .options = options, .trouble = trouble };
	int r;

	*client = (struct client){ .options = options, .relay = "none" };
	client->stream = (struct stream){ .in_fd = -1, .out_fd = -1 };
	r = open_dialogue(&o);
	client->usable = r == 0;
	if (r < 0)
		stream_close(&client->stream);
	return r;
}

void client_close(struct client *client)
{
	if (client->usable) {
		client_allow(client, CLIENT_QUIT_MS);
		stream_printf(&client->stream, "QUIT\r\n");
		stream_flush(&client->stream);
	}
	client->usable = false;
	stream_close(&client->stream);
}
