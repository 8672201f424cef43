/* SPDX-License-Identifier: ISC */
#include "flusher/alert.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/spawn.h"

#define COMMAND_TIMEOUT_US ((uint64_t)60 * 1000 * 1000)

/* The IDs are those of the catalog, systemd/mailchute.catalog. */
static const struct kind {
	const char *name;
	const char *message_id;
	const char *over; /* what is said then */
} kinds[] = {
	[ALERT_LOGIN] = { "login", "5d1f0a1c3a8e4d0a9d3b7f2c61e0a401",
		"the provider takes the login again" },
	[ALERT_QUOTA] = { "quota", "5d1f0a1c3a8e4d0a9d3b7f2c61e0a402",
		"the provider takes mail of the account again" },
	[ALERT_LINK] = { "link", "5d1f0a1c3a8e4d0a9d3b7f2c61e0a403",
		"the provider can be reached again" },
	[ALERT_RATE] = { "rate", "5d1f0a1c3a8e4d0a9d3b7f2c61e0a406",
		"the rate of the account leaves room again" },
	[ALERT_SENDER] = { "sender", "5d1f0a1c3a8e4d0a9d3b7f2c61e0a404",
		"no sender is refused any more" },
	[ALERT_SPOOL] = { "spool", "5d1f0a1c3a8e4d0a9d3b7f2c61e0a405",
		"the queue can be written again" },
};

/* A command of the administrator's that runs. */
struct command {
	pid_t pid;
	sd_event_source *child;
	sd_event_source *timer;
};

static void command_free(struct command *c)
{
	sd_event_source_disable_unref(c->child);
	sd_event_source_disable_unref(c->timer);
	free(c);
}

static int on_command_end(sd_event_source *source, const siginfo_t *info, void *context)
{
	(void)source;
	if (info->si_code != CLD_EXITED || info->si_status != 0)
		log_warning("the alert-command ended with %s %d",
			info->si_code == CLD_EXITED ? "status" : "signal",
			info->si_status);
	command_free(context);
	return 0;
}

static int on_command_timeout(sd_event_source *source, uint64_t usec, void *context)
{
	const struct command *c = context;

	(void)source;
	(void)usec;
	log_warning("the alert-command takes longer than a minute and is killed");
	kill(c->pid, SIGKILL);
	return 0;
}

static int command_watch(struct command *c, sd_event *event)
{
	int r = sd_event_add_child(event, &c->child, c->pid, WEXITED, on_command_end, c);

	if (r >= 0)
		r = sd_event_add_time_relative(event, &c->timer, CLOCK_MONOTONIC,
			COMMAND_TIMEOUT_US, 0, on_command_timeout, c);
	return r;
}

/* It gets to know by its environment what there is to tell; of ours it gets nothing. */
static void run_command(sd_event *event, const char *line, const struct alert *alert,
	const char *state, const char *text)
{
	char kind[64], when[64], who[64], words[OUTCOME_TEXT_MAX + 64];
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)line, NULL };
	char *envp[] = { (char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
		kind, when, who, words, NULL };
	struct command *c = calloc(1, sizeof(*c));
	int r = -ENOMEM;

	snprintf(kind, sizeof(kind), "MAILCHUTE_ALERT=%s", kinds[alert->kind].name);
	snprintf(when, sizeof(when), "MAILCHUTE_STATE=%s", state);
	snprintf(who, sizeof(who), "MAILCHUTE_ACCOUNT=%s", alert->account);
	snprintf(words, sizeof(words), "MAILCHUTE_TEXT=%s", text);
	if (c)
		r = spawn("/bin/sh", argv, envp, -1, -1, &c->pid);
	if (r < 0) {
		log_error("the alert-command cannot be run: %s", strerror(-r));
		free(c);
		return;
	}
	r = command_watch(c, event);
	if (r < 0) {
		log_error("the alert-command cannot be watched: %s", strerror(-r));
		command_free(c);
	}
}

/* To the journal with its ID where there is one; else a line like the others. */
static void tell_journal(int priority, const struct alert *alert, const char *text)
{
	const struct kind *kind = &kinds[alert->kind];

	if (getenv("JOURNAL_STREAM") &&
		sd_journal_send("PRIORITY=%d", priority, "MESSAGE_ID=%s",
			kind->message_id, "MAILCHUTE_ALERT=%s", kind->name,
			"MAILCHUTE_ACCOUNT=%s", alert->account, "MESSAGE=alert: %s", text,
			NULL) == 0)
		return;
	if (priority == LOG_ERR)
		log_error("alert: %s", text);
	else if (priority == LOG_WARNING)
		log_warning("alert: %s", text);
	else
		log_info("alert: %s", text);
}

static void tell(
	struct alerts *a, const struct conf *conf, const struct alert *alert, bool over)
{
	bool named = *alert->account && conf->account_count;
	char text[OUTCOME_TEXT_MAX];

	if (over)
		snprintf(text, sizeof(text), "%s%s%s%s", named ? "account " : "",
			named ? alert->account : "", named ? ": " : "",
			kinds[alert->kind].over);
	else
		snprintf(text, sizeof(text), "%s", alert->text);
	a->changes++;
	tell_journal(over			 ? LOG_NOTICE
		     : alert->kind == ALERT_RATE ? LOG_WARNING
						 : LOG_ERR,
		alert, text);
	if (*conf->alert_command)
		run_command(a->event, conf->alert_command, alert,
			over ? "over" : "raised", text);
}

static struct alert *find(struct alerts *a, enum alert_kind kind, const char *account)
{
	for (size_t i = 0; i < ALERTS_MAX; i++) {
		struct alert *alert = &a->list[i];

		if ((alert->there || alert->told) && alert->kind == kind &&
			strcmp(alert->account, account) == 0)
			return alert;
	}
	return NULL;
}

static struct alert *find_room(
	struct alerts *a, enum alert_kind kind, const char *account)
{
	for (size_t i = 0; i < ALERTS_MAX; i++) {
		struct alert *alert = &a->list[i];

		if (alert->there || alert->told)
			continue;
		*alert = (struct alert){ .kind = kind };
		snprintf(alert->account, sizeof(alert->account), "%s", account);
		return alert;
	}
	return NULL;
}

void alert_raise(
	struct alerts *a, enum alert_kind kind, const char *account, const char *text)
{
	struct alert *alert = find(a, kind, account);

	if (!alert)
		alert = find_room(a, kind, account);
	if (!alert)
		return;
	if (!alert->there) {
		alert->there = true;
		alert->since_ms = clock_mono_ms();
		alert->since_s = clock_real_ms() / 1000;
	}
	snprintf(alert->text, sizeof(alert->text), "%s", text);
}

void alert_clear(struct alerts *a, enum alert_kind kind, const char *account)
{
	struct alert *alert = find(a, kind, account);

	if (alert)
		alert->there = false;
}

void alert_keep(struct alerts *a, const struct conf *conf)
{
	for (size_t i = 0; i < ALERTS_MAX; i++) {
		if (*a->list[i].account && !conf_find_account(conf, a->list[i].account))
			a->list[i].there = false;
	}
}

/* When it is to be told: at once what does not pass by itself. */
static int64_t told_at(const struct alert *alert, const struct conf *conf)
{
	return alert->since_ms +
	       (alert->kind == ALERT_LINK ? (int64_t)conf->alert_after_s * 1000 : 0);
}

void alert_run(struct alerts *a, const struct conf *conf)
{
	int64_t now = clock_mono_ms();

	for (size_t i = 0; i < ALERTS_MAX; i++) {
		struct alert *alert = &a->list[i];

		if (alert->there && !alert->told && now >= told_at(alert, conf)) {
			alert->told = true;
			tell(a, conf, alert, false);
		} else if (!alert->there && alert->told) {
			alert->told = false;
			tell(a, conf, alert, true);
		}
	}
}

int64_t alert_due(const struct alerts *a, const struct conf *conf)
{
	int64_t due = -1;

	for (size_t i = 0; i < ALERTS_MAX; i++) {
		const struct alert *alert = &a->list[i];
		int64_t at = alert->there ? told_at(alert, conf) : 0;

		if (alert->there != alert->told && (due < 0 || at < due))
			due = at;
	}
	return due;
}

const char *alert_text(const struct alerts *a)
{
	const struct alert *first = NULL;

	for (size_t i = 0; i < ALERTS_MAX; i++) {
		const struct alert *alert = &a->list[i];

		if (alert->told && (!first || alert->kind < first->kind))
			first = alert;
	}
	return first ? first->text : NULL;
}

void alert_report(const struct alerts *a, struct status *status)
{
	status->trouble_count = 0;
	for (size_t i = 0; i < ALERTS_MAX; i++) {
		const struct alert *alert = &a->list[i];
		struct status_trouble *t = &status->troubles[status->trouble_count];

		if (!alert->told || status->trouble_count == STATUS_TROUBLES_MAX)
			continue;
		status->trouble_count++;
		snprintf(t->name, sizeof(t->name), "%s", kinds[alert->kind].name);
		snprintf(t->text, sizeof(t->text), "%s", alert->text);
		t->since_s = alert->since_s;
	}
}
