/* SPDX-License-Identifier: ISC */
#include "wire/client_io.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"

void client_allow(struct client *client, int64_t ms)
{
	stream_set_deadline(&client->stream, clock_mono_ms() + ms);
}

int client_reply(struct client *client, int64_t ms, struct reply *ret)
{
	int r;

	client_allow(client, ms);
	r = stream_flush(&client->stream);
	/*
	 * A server that closes early may have said why: what it said is read even though the rest
	 * of what we had to say does not get through.
	 */
	if (r < 0 && !stream_has_input(&client->stream))
		return r;
	if (!stream_has_input(&client->stream))
		net_acknowledge(client->stream.in_fd);
	return reply_read(&client->stream, ret);
}

struct outcome client_classify(
	const struct client *client, enum stage stage, const struct reply *reply)
{
	const struct client_options *o = client->options;
	const struct classify_account account = { o->user, o->provider, o->token,
		o->secret_advice };

	return classify_reply(stage, reply, &account);
}

const char *client_error(const struct client *client, int failure)
{
	const char *words = stream_error(&client->stream);

	if (failure == -EBADMSG)
		return "the server sent what is no reply";
	if (*words)
		return words;
	return failure == -ECONNRESET ? "the server closed the connection"
				      : strerror(-failure);
}

enum gear client_gear(const struct client *client)
{
	if (!client->caps.pipelining)
		return GEAR_LOCKSTEP;
	return client->caps.chunking ? GEAR_CHUNKING : GEAR_DATA;
}

bool client_is_stale(const struct client *client)
{
	struct pollfd p = { .fd = client->stream.in_fd, .events = POLLIN };

	/* nothing is owed, so whatever there is to read was not asked for, or is the end */
	return !client->usable || stream_has_input(&client->stream) ||
	       poll(&p, 1, 0) != 0;
}
