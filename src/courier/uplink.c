/* SPDX-License-Identifier: ISC */
#include "courier/uplink.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "courier/keeper.h"
#include "courier/login.h"

static void log_step(void *context, enum stage stage, bool ok, const char *words)
{
	(void)context;
	log_debug("%s: %s%s", stage_name(stage), ok ? "ok " : "FAILED ", words);
}

void uplink_init(
	struct uplink *uplink, const struct conf *conf, int keeper, enum gear gear)
{
	*uplink = (struct uplink){
		.conf = conf,
		.keeper = keeper,
		.options = login_options(conf),
		.client = { .relay = "none" },
	};
	uplink->options.step = log_step;
	uplink->options.gear = gear;
	uplink->options.window = conf->window;
}

/* The server's limits are its own, and outlive the connection. */
static void disconnect(struct uplink *uplink)
{
	if (uplink->client.shifted) {
		uplink->shifted = true;
		uplink->options.gear =
			uplink->client.caps.pipelining ? GEAR_DATA : GEAR_LOCKSTEP;
	}
	if (uplink->given || uplink->client.usable)
		client_close(&uplink->client);
	uplink->given = 0;
}

/* 0, or -errno and words. */
static int load_tls(struct uplink *uplink, char *error, size_t size)
{
	return uplink->tls ? 0 : login_tls(uplink->conf, &uplink->tls, error, size);
}

/*
 * What a command said is kept, for a token is good for a while; mailchute-token keeps it itself. A
 * password from a file is in memory while a connection opens, and not otherwise. ANEW: the last was
 * refused. 1 if it is one from before, else 0; or -errno and words.
 */
static int get_secret(
	struct uplink *uplink, bool anew, char **ret, char *error, size_t size)
{
	bool kept = true;
	int r;

	if (!login_has_secret(uplink->conf))
		return 0;
	if (uplink->keeper < 0)
		return login_secret(
			uplink->conf, anew, LOGIN_COMMAND_MS, ret, error, size);
	if (*uplink->conf->oauth)
		return keeper_ask(uplink->keeper, anew, ret, error, size);
	if (!uplink->said) {
		kept = false;
		r = keeper_ask(uplink->keeper, anew, &uplink->said, error, size);
		if (r < 0)
			return r;
	}
	*ret = strdup(uplink->said);
	return *ret ? kept : -ENOMEM;
}

static void forget_secret(struct uplink *uplink)
{
	text_wipe(uplink->said);
	uplink->said = NULL;
}

static bool is_refusal(const struct outcome *trouble)
{
	return trouble->blame == BLAME_ACCOUNT && trouble->code >= 500;
}

/* *KEPT: the secret was one from before. */
static int connect_once(
	struct uplink *uplink, bool anew, bool *kept, struct outcome *trouble)
{
	char *secret = NULL, error[OUTCOME_TEXT_MAX] = "";
	int r = get_secret(uplink, anew, &secret, error, sizeof(error));

	if (r < 0) {
		*trouble = classify_fault(VERDICT_UNATTEMPTED,
			r == -EAGAIN ? BLAME_LINK : BLAME_ACCOUNT, "4.7.0", "%s", error);
		return r;
	}
	*kept = r > 0;
	uplink->options.password = secret;
	r = login_open(uplink->conf, &uplink->options, &uplink->client, trouble);
	uplink->options.password = NULL;
	text_wipe(secret);
	if (r < 0 && is_refusal(trouble))
		forget_secret(uplink);
	return r;
}

/* A secret that was good may have run out since: then there is another one. That a new one is refused
 * too is known from the first login, and providers count them. */
static int connect_with_secret(struct uplink *uplink, struct outcome *trouble)
{
	bool kept = false;
	int r = connect_once(uplink, false, &kept, trouble);

	if (r < 0 && kept && is_refusal(trouble))
		r = connect_once(uplink, true, &kept, trouble);
	return r;
}

bool uplink_is_used_up(const struct uplink *uplink)
{
	return uplink->given >= uplink->conf->max_messages;
}

int uplink_connect(struct uplink *uplink, struct outcome *trouble)
{
	struct client *client = &uplink->client;
	char error[OUTCOME_TEXT_MAX] = "";
	int r;

	if (uplink_is_used_up(uplink) || (!client->first && client_is_stale(client)))
		disconnect(uplink);
	uplink->given++;
	if (client->usable)
		return 0;
	r = load_tls(uplink, error, sizeof(error));
	if (r < 0) {
		*trouble = classify_fault(
			VERDICT_UNATTEMPTED, BLAME_LINK, "4.7.5", "TLS: %s", error);
		return r;
	}
	uplink->options.tls_context = uplink->tls;
	return connect_with_secret(uplink, trouble);
}

void uplink_close(struct uplink *uplink)
{
	disconnect(uplink);
	tls_context_free(uplink->tls);
	forget_secret(uplink);
	if (uplink->keeper >= 0)
		close(uplink->keeper);
}
