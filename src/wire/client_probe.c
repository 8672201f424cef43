/* SPDX-License-Identifier: ISC */
/* Asks for an envelope without a message. */
#include <errno.h>

#include "wire/client.h"
#include "wire/client_io.h"
#include "wire/path.h"

/* Sends VERB with ADDRESS and reads what is said to it. 0 if it is taken. */
static int ask(struct client *client, enum stage stage, const char *verb,
	const char *address, struct outcome *ret)
{
	struct reply reply;
	int r;

	client_allow(client, CLIENT_COMMAND_MS);
	stream_printf(&client->stream, "%s:<%s>\r\n", verb, address);
	r = client_reply(client, CLIENT_COMMAND_MS, &reply);
	if (r < 0) {
		*ret = classify_fault(VERDICT_DEFERRED, BLAME_LINK, "4.4.2", "%s",
			client_error(client, r));
		client->usable = false;
		return r;
	}
	*ret = client_classify(client, stage, &reply);
	return reply.code / 100 == 2 ? 0 : -EPERM;
}

int client_probe(struct client *client, const char *sender, const char *recipient,
	enum stage *stage, struct outcome *ret)
{
	int r;

	if (!path_is_safe(sender) || !path_is_safe(recipient))
		return -EINVAL;
	*stage = STAGE_MAIL;
	r = ask(client, *stage, "MAIL FROM", sender, ret);
	if (r == 0) {
		*stage = STAGE_RCPT;
		r = ask(client, *stage, "RCPT TO", recipient, ret);
	}
	if (client->usable) {
		struct reply reply;

		stream_printf(&client->stream, "RSET\r\n");
		client->usable = client_reply(client, CLIENT_COMMAND_MS, &reply) == 0;
	}
	return r;
}
