/* SPDX-License-Identifier: ISC */
#include "flusher/trouble.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "flusher/dispatch.h"

/* So many connections that broke in a row: each was a login. */
#define BROKEN_MAX 5

#define SHOWN_SIZE 320 /* of an address in a log line */

static void tell(struct flusher *f, const struct account *account, enum alert_kind kind,
	const struct outcome *trouble)
{
	char text[OUTCOME_TEXT_MAX + sizeof(account->label)];

	snprintf(text, sizeof(text), "%s%s", account->label, trouble->text);
	alert_raise(&f->alerts, kind, account->conf->name, text);
}

static void pause_sender(struct flusher *f, struct account *account, const char *sender,
	const struct outcome *trouble)
{
	int64_t now = clock_mono_ms();
	char shown[SHOWN_SIZE];

	text_printable(shown, sizeof(shown), sender, strlen(sender));
	tell(f, account, ALERT_SENDER, trouble);
	if (senders_pause(&account->senders, sender,
		    now + (int64_t)trouble->wait_s * 1000, now))
		log_error("%s%s; mail of <%s> waits and is tried every %u minutes, the "
			  "other mail goes on",
			account->label, trouble->text, shown, trouble->wait_s / 60);
}

static enum alert_kind alert_of(enum blame blame)
{
	return blame == BLAME_ACCOUNT ? ALERT_LOGIN
	       : blame == BLAME_QUOTA ? ALERT_QUOTA
				      : ALERT_LINK;
}

/* The provider answered for a message: whatever the answer, the way is free. */
static void trouble_over(struct flusher *f, struct account *account)
{
	const char *name = account->conf->name;

	account_works(account);
	alert_clear(&f->alerts, ALERT_LOGIN, name);
	alert_clear(&f->alerts, ALERT_QUOTA, name);
	alert_clear(&f->alerts, ALERT_LINK, name);
}

static void trouble_sender_over(struct account *account, const char *sender)
{
	char shown[SHOWN_SIZE];

	if (!senders_release(&account->senders, sender))
		return;
	text_printable(shown, sizeof(shown), sender, strlen(sender));
	log_info("%sthe provider takes mail of <%s> again", account->label, shown);
}

/* A connection broke over a message. One may be the message's fault, many in a row are not. */
static void trouble_broke(struct flusher *f, struct account *account,
	const struct outcome *trouble, const char *relay)
{
	if (++account->broken < BROKEN_MAX)
		return;
	tell(f, account, ALERT_LINK, trouble);
	account_trouble(account, trouble, relay, dispatch_waiting(f, account));
}

/* All mail of the account is concerned, or all of the SENDER. True if the connection is of no use for
 * other messages. */
static bool trouble_take(struct flusher *f, struct account *account,
	const struct outcome *trouble, const char *sender, const char *relay)
{
	switch (trouble->blame) {
	case BLAME_SENDER:
		pause_sender(f, account, sender, trouble);
		trouble_over(f, account);
		return false;
	case BLAME_PACE: account_slow(account, trouble, relay); return true;
	default:
		tell(f, account, alert_of(trouble->blame), trouble);
		account_trouble(account, trouble, relay, dispatch_waiting(f, account));
		return true;
	}
}

static bool any_delivered(const struct report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		if (report->outcomes[i].verdict == VERDICT_DELIVERED)
			return true;
	}
	return false;
}

/* True unless the provider said nothing about it: it was not sent, or went down with another. */
static bool is_answered(const struct outcome *o)
{
	return o->verdict == VERDICT_DELIVERED || o->blame != BLAME_NOBODY;
}

/* Nobody's allowance was touched: the provider was not asked, or is not reached or logged in to. */
static bool is_free(const struct report *report, const struct outcome *trouble)
{
	if (trouble)
		return trouble->blame == BLAME_LINK || trouble->blame == BLAME_ACCOUNT ||
		       trouble->blame == BLAME_OURSELVES;
	return !is_answered(&report->outcomes[0]);
}

bool trouble_conclude(struct flusher *f, struct account *account, const char *sender,
	const struct report *report, const struct outcome *trouble)
{
	const struct outcome *first = &report->outcomes[0];
	bool useless = report->gear == GEAR_NONE;

	account_note_gear(account, report, clock_mono_ms());
	if (is_free(report, trouble))
		pace_give_back(&account->pace, (unsigned)report->count);
	if (trouble)
		useless |= trouble_take(f, account, trouble, sender, report->relay);
	else if (first->blame == BLAME_LINK)
		trouble_broke(f, account, first, report->relay);
	else if (is_answered(first))
		trouble_over(f, account);
	if (any_delivered(report)) {
		trouble_sender_over(account, sender);
		account_note_port(account, report->relay);
	}
	return useless;
}

void trouble_courier(struct flusher *f, struct account *account, const char *why)
{
	struct outcome trouble = { .blame = BLAME_OURSELVES };

	snprintf(trouble.text, sizeof(trouble.text),
		"mailchute-courier cannot be started: %s", why);
	trouble_take(f, account, &trouble, "", "none");
}

void trouble_look(struct flusher *f, int64_t now_ms)
{
	char text[OUTCOME_TEXT_MAX];

	for (size_t i = 0; i < f->accounts.count; i++) {
		const struct account *a = &f->accounts.list[i];

		if (!senders_any(&a->senders, now_ms))
			alert_clear(&f->alerts, ALERT_SENDER, a->conf->name);
	}
	if (f->store.refused == 0) {
		alert_clear(&f->alerts, ALERT_SPOOL, "");
		return;
	}
	snprintf(text, sizeof(text), "the queue %s cannot be written: %s", f->store.path,
		strerror(-f->store.refused));
	alert_raise(&f->alerts, ALERT_SPOOL, "", text);
}
