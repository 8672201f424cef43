/* SPDX-License-Identifier: ISC */
#include "courier/relay.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "courier/keeper.h"
#include "courier/login.h"
#include "conf/sender.h"
#include "courier/message.h"
#include "courier/rewrite.h"
#include "mail/header.h"

static void log_step(void *context, enum stage stage, bool ok, const char *words)
{
	(void)context;
	log_debug("%s: %s%s", stage_name(stage), ok ? "ok " : "FAILED ", words);
}

void relay_init(struct relay *relay, const struct conf *conf, int keeper, enum gear gear)
{
	*relay = (struct relay){
		.conf = conf,
		.keeper = keeper,
		.options = login_options(conf),
		.client = { .relay = "none" },
	};
	relay->options.step = log_step;
	relay->options.gear = gear;
}

static void disconnect(struct relay *relay)
{
	if (relay->given || relay->client.usable)
		client_close(&relay->client);
	relay->given = 0;
}

/* 0, or -errno and words. */
static int load_tls(struct relay *relay, char *error, size_t size)
{
	return relay->tls ? 0 : login_tls(relay->conf, &relay->tls, error, size);
}

/*
 * What a command said is kept, for a token is good for a while. A password from a file is in memory
 * while a connection opens, and not otherwise.
 */
static int get_secret(struct relay *relay, char **ret, char *error, size_t size)
{
	if (!login_has_secret(relay->conf))
		return 0;
	if (relay->keeper < 0)
		return login_secret(relay->conf, LOGIN_COMMAND_MS, ret, error, size);
	if (!relay->said) {
		int r = keeper_ask(relay->keeper, &relay->said, error, size);

		if (r < 0)
			return r;
	}
	*ret = strdup(relay->said);
	return *ret ? 0 : -ENOMEM;
}

static void forget_secret(struct relay *relay)
{
	login_wipe(relay->said);
	relay->said = NULL;
}

static int connect_once(struct relay *relay, struct outcome *trouble)
{
	char *secret = NULL, error[OUTCOME_TEXT_MAX] = "";
	int r = get_secret(relay, &secret, error, sizeof(error));

	if (r < 0) {
		*trouble = classify_fault(
			VERDICT_UNATTEMPTED, BLAME_ACCOUNT, "4.7.0", "%s", error);
		return r;
	}
	relay->options.password = secret;
	r = login_open(relay->conf, &relay->options, &relay->client, trouble);
	relay->options.password = NULL;
	login_wipe(secret);
	if (r < 0 && trouble->blame == BLAME_ACCOUNT && trouble->code >= 500)
		forget_secret(relay);
	return r;
}

/* A secret that was good may have run out since: then there is another one. */
static int connect_with_secret(struct relay *relay, struct outcome *trouble)
{
	bool kept = relay->said;
	int r = connect_once(relay, trouble);

	return r < 0 && kept && !relay->said ? connect_once(relay, trouble) : r;
}

/* Sees to it that there is a connection. 0, or -errno and *TROUBLE. */
static int connect_if_needed(struct relay *relay, struct outcome *trouble)
{
	char error[OUTCOME_TEXT_MAX] = "";
	int r;

	if (relay->given >= relay->conf->max_messages || !relay->client.usable)
		disconnect(relay);
	if (relay->client.usable)
		return 0;
	r = load_tls(relay, error, sizeof(error));
	if (r < 0) {
		*trouble = classify_fault(
			VERDICT_UNATTEMPTED, BLAME_LINK, "4.7.5", "TLS: %s", error);
		return r;
	}
	relay->options.tls_context = relay->tls;
	return connect_with_secret(relay, trouble);
}

static void report_all(struct report *report, const struct outcome *outcome)
{
	for (size_t i = 0; i < report->count; i++)
		report->outcomes[i] = *outcome;
}

/* The outcome for a message that could not be opened. */
static struct outcome open_failure(int failure)
{
	if (failure == -EFBIG)
		return classify_fault(VERDICT_FAILED, BLAME_MESSAGE, "5.6.0",
			"the header section of the message is longer than %u octets",
			HEADER_MAX);
	if (failure == -ELOOP)
		return classify_fault(VERDICT_FAILED, BLAME_MESSAGE, "5.4.6",
			"mail loop: the message came through more than %d hosts",
			REWRITE_HOPS_MAX);
	return classify_fault(VERDICT_DEFERRED, BLAME_OURSELVES, "4.3.0",
		"cannot read the queued message: %s", strerror(-failure));
}

/* The name is asked for when something depends on it. */
static struct sender_user submitter(const struct conf *conf, const struct job *job)
{
	const struct passwd *user = *conf->user_senders ? getpwuid(job->uid) : NULL;

	return (struct sender_user){ .uid = job->uid,
		.name = user ? user->pw_name : NULL };
}

/* As whom it is sent. */
static const char *reverse_path(const struct conf *conf, const struct job *job,
	const struct sender_user *user, char mapped[ADDRESS_MAX + 1])
{
	const char *sender = job->sender.address;

	if (!*sender)
		return conf_null_sender(conf);
	sender = sender_map(conf, sender, mapped);
	return sender_is_kept(conf, user, sender) ? sender : conf->from;
}

/* One try over the connection there is. True if it may be repeated over a new one. */
static bool transact(
	struct relay *relay, const struct job *job, int fd, struct report *report)
{
	const struct sender_user user = submitter(relay->conf, job);
	const struct message_rules rules = { .host = relay->conf->hostname,
		.from = relay->conf->from,
		.conf = relay->conf,
		.user = &user,
		.smtputf8 = relay->client.caps.smtputf8,
		.seven_bit = !relay->client.caps.eight_bit_mime };
	struct envelope_path sender = job->sender;
	char mapped[ADDRESS_MAX + 1];
	struct message message;
	struct transaction t = {
		.sender = &sender,
		.recipients = job->recipients,
		.count = job->count,
		.eight_bit = job->eight_bit,
		.read = message_read,
		.context = &message,
		.outcomes = report->outcomes,
	};
	int r;

	sender.address = (char *)reverse_path(relay->conf, job, &user, mapped);
	r = message_open(job, fd, &rules, &message);
	if (r < 0) {
		struct outcome failure = open_failure(r);

		report_all(report, &failure);
		return false;
	}
	t.size = message.size;
	t.utf8 = message.utf8;
	relay->given++;
	r = client_send(&relay->client, &t);
	message_close(&message);
	return r < 0 && t.untouched && relay->given > 1;
}

/* True if it tells that other messages fare no better. */
static bool is_in_trouble(const struct report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct outcome *o = &report->outcomes[i];

		if (o->verdict == VERDICT_UNATTEMPTED || blame_holds_account(o->blame))
			return true;
	}
	return false;
}

/* Over the connection there is, or a new one. */
static void send_job(
	struct relay *relay, const struct job *job, int fd, struct report *report)
{
	struct outcome trouble;
	bool again = true;

	for (int tries = 0; again && tries < 2; tries++) {
		if (connect_if_needed(relay, &trouble) < 0) {
			report_all(report, &trouble);
			break;
		}
		again = transact(relay, job, fd, report);
	}
}

/* Not refused: the server takes fewer recipients at a time (RFC 5321 section 4.5.3.1.10). */
static bool is_left_over(const struct outcome *o)
{
	return o->verdict == VERDICT_UNATTEMPTED && o->blame == BLAME_RECIPIENT;
}

/* The part of JOB that is left over, whose strings it shares; MAP tells their places. */
static size_t leftovers(const struct job *job, const struct report *report,
	struct job *part, size_t map[JOB_RECIPIENTS_MAX])
{
	*part = *job;
	part->count = 0;
	for (size_t i = 0; i < report->count; i++) {
		if (is_left_over(&report->outcomes[i])) {
			map[part->count] = i;
			part->recipients[part->count++] = job->recipients[i];
		}
	}
	return part->count;
}

/* Those go in further transactions, for as long as each brings some of them further. */
static void send_leftovers(
	struct relay *relay, const struct job *job, int fd, struct report *report)
{
	CLEANUP_FREE struct report *rest = calloc(1, sizeof(*rest));
	size_t map[JOB_RECIPIENTS_MAX], left, before = job->count;
	struct job part;

	while (rest && (left = leftovers(job, report, &part, map)) > 0 && left < before) {
		rest->count = left;
		send_job(relay, &part, fd, rest);
		for (size_t i = 0; i < left; i++)
			report->outcomes[map[i]] = rest->outcomes[i];
		before = left;
	}
	for (size_t i = 0; i < report->count; i++) {
		if (is_left_over(&report->outcomes[i]))
			report->outcomes[i].verdict = VERDICT_DEFERRED;
	}
}

void relay_job(struct relay *relay, const struct job *job, int fd, struct report *report)
{
	struct outcome vain = classify_fault(VERDICT_UNATTEMPTED, BLAME_NOBODY, "",
		"not attempted, after the trouble with another message");

	snprintf(report->id, sizeof(report->id), "%s", job->id);
	report->count = job->count;
	if (relay->stopped) {
		report_all(report, &vain);
	} else {
		send_job(relay, job, fd, report);
		send_leftovers(relay, job, fd, report);
		relay->stopped = is_in_trouble(report);
	}
	report->gear = relay->stopped ? GEAR_NONE : client_gear(&relay->client);
	snprintf(report->relay, sizeof(report->relay), "%s", relay->client.relay);
	report->dsn = relay->client.caps.dsn;
}

void relay_close(struct relay *relay)
{
	disconnect(relay);
	tls_context_free(relay->tls);
	forget_secret(relay);
	if (relay->keeper >= 0)
		close(relay->keeper);
}
