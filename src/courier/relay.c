/* SPDX-License-Identifier: ISC */
/*
 * An errand is a job on its way: its transaction, and the report that becomes of it. Errands end in
 * any order, and are reported in that of the jobs.
 */
#include "courier/relay.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "conf/sender.h"
#include "courier/message.h"
#include "courier/rewrite.h"
#include "mail/header.h"

struct errand {
	struct job job;
	int fd;
	char mapped[ADDRESS_MAX + 1]; /* perhaps the address of: */
	struct envelope_path sender;
	struct transaction transaction;
	struct report report;
};

int relay_init(struct relay *relay, const struct conf *conf, int keeper, enum gear gear,
	relay_report report, void *context)
{
	/* in the lower gears no more than two are under way */
	size_t size = conf->window < 2 ? 2 : conf->window;

	*relay = (struct relay){
		.errands = calloc(size, sizeof(*relay->errands)),
		.size = size,
		.report = report,
		.context = context,
	};
	uplink_init(&relay->uplink, conf, keeper, gear);
	return relay->errands ? 0 : -ENOMEM;
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
			HEADER_HOPS_MAX);
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

/* Starts the transaction of E over the connection there is. 0, or the -errno of its message. */
static int transact(struct relay *relay, struct errand *e)
{
	const struct conf *conf = relay->uplink.conf;
	struct client *client = &relay->uplink.client;
	const struct sender_user user = submitter(conf, &e->job);
	const struct message_rules rules = { .conf = conf,
		.user = &user,
		.smtputf8 = client->caps.smtputf8,
		.seven_bit = !client->caps.eight_bit_mime };
	struct message message;
	int r = message_open(&e->job, e->fd, &rules, &message);

	if (r < 0)
		return r;
	e->sender = e->job.sender;
	e->sender.address = (char *)reverse_path(conf, &e->job, &user, e->mapped);
	e->transaction = (struct transaction){
		.sender = &e->sender,
		.recipients = e->job.recipients,
		.count = e->job.count,
		.eight_bit = e->job.eight_bit,
		.utf8 = message.utf8,
		.size = message.size,
		.read = message_read,
		.context = &message,
		.outcomes = e->report.outcomes,
	};
	client_start(client, &e->transaction);
	message_close(&message); /* all of it was written, or will not be */
	return 0;
}

/* Starts E, or finds out that this is of no use: then it is done. */
static void begin(struct relay *relay, struct errand *e)
{
	struct outcome outcome;
	int r;

	e->report.count = e->job.count;
	if (relay->stopped) {
		outcome = classify_fault(VERDICT_UNATTEMPTED, BLAME_NOBODY, "",
			"not attempted, after the trouble with another message");
	} else if (uplink_connect(&relay->uplink, &outcome) == 0) {
		r = transact(relay, e);
		if (r == 0)
			return;
		outcome = open_failure(r);
	}
	report_all(&e->report, &outcome);
	e->transaction.done = true;
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
static void send_leftovers(struct relay *relay, struct errand *e)
{
	CLEANUP_FREE struct errand *rest = calloc(1, sizeof(*rest));
	size_t map[JOB_RECIPIENTS_MAX], left, before = e->job.count;

	while (rest && (left = leftovers(&e->job, &e->report, &rest->job, map)) > 0 &&
		left < before) {
		rest->fd = e->fd;
		client_settle(&relay->uplink.client);
		begin(relay, rest);
		client_settle(&relay->uplink.client);
		for (size_t i = 0; i < left; i++)
			e->report.outcomes[map[i]] = rest->report.outcomes[i];
		before = left;
	}
	for (size_t i = 0; i < e->report.count; i++) {
		if (is_left_over(&e->report.outcomes[i]))
			e->report.outcomes[i].verdict = VERDICT_DEFERRED;
	}
}

/* True if it tells that other messages fare no better. */
static bool is_in_trouble(const struct report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct outcome *o = &report->outcomes[i];

		if (blame_holds_account(o->blame) ||
			(o->verdict == VERDICT_UNATTEMPTED && o->blame != BLAME_NOBODY))
			return true;
	}
	return false;
}

/* Ends an errand that is done. 0, or the -errno of its report. */
static int hand_in(struct relay *relay, struct errand *e)
{
	const struct uplink *uplink = &relay->uplink;
	struct report *report = &e->report;
	int r;

	send_leftovers(relay, e);
	relay->stopped = relay->stopped || is_in_trouble(report);
	snprintf(report->id, sizeof(report->id), "%s", e->job.id);
	snprintf(report->relay, sizeof(report->relay), "%s", uplink->client.relay);
	report->gear = relay->stopped ? GEAR_NONE : client_gear(&uplink->client);
	report->shifted = uplink->shifted || uplink->client.shifted;
	report->dsn = uplink->client.caps.dsn;
	r = relay->report(relay->context, &e->job, report);
	close(e->fd);
	job_clear(&e->job);
	return r;
}

static int hand_in_done(struct relay *relay)
{
	int r = 0;

	while (r == 0 && relay->count && relay->errands[relay->head].transaction.done) {
		r = hand_in(relay, &relay->errands[relay->head]);
		relay->head = (relay->head + 1) % relay->size;
		relay->count--;
	}
	return r;
}

int relay_finish(struct relay *relay)
{
	client_settle(&relay->uplink.client);
	return hand_in_done(relay);
}

int relay_start(struct relay *relay, struct job *job, int fd)
{
	int r = uplink_is_used_up(&relay->uplink) ? relay_finish(relay) : 0;
	struct errand *e = &relay->errands[(relay->head + relay->count) % relay->size];

	relay->count++;
	e->job = *job;
	e->fd = fd;
	*job = (struct job){ 0 };
	begin(relay, e);
	if (r == 0)
		r = hand_in_done(relay);
	if (r == 0 &&
		(relay->count == relay->size || client_is_full(&relay->uplink.client)))
		r = relay_finish(relay);
	return r;
}

void relay_close(struct relay *relay)
{
	for (size_t i = 0; i < relay->count; i++) {
		struct errand *e = &relay->errands[(relay->head + i) % relay->size];

		close(e->fd);
		job_clear(&e->job);
	}
	free(relay->errands);
	uplink_close(&relay->uplink);
}
