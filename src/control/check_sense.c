/* SPDX-License-Identifier: ISC */
/* What a file may say, though it hardly means it. */
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "conf/sender.h"
#include "conf/value.h"
#include "control/check.h"

#define SECTION "the settings"

static void warn(struct steps *s, const char *name, const char *text, const char *hint)
{
	const char *section = buf_cstr(&s->section);

	if (!section || strcmp(section, SECTION) != 0)
		steps_section(s, SECTION);
	steps_tell(s, STEP_WARN, name, hint, "%s", text);
}

static bool is_fallback(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i <= conf->account_count; i++) {
		if (strcmp(conf_account(conf, i)->fallback, name) == 0)
			return true;
	}
	return false;
}

static void look_at_routes(
	struct steps *s, const struct conf *conf, const struct conf *account)
{
	char text[CONF_ACCOUNT_MAX + 32];

	if (*account->senders || *account->users || *account->recipients ||
		is_fallback(conf, account->name))
		return;
	snprintf(text, sizeof(text), "no mail goes by account %s", account->name);
	warn(s, "account", text,
		"add senders, users or recipients, or make it the fallback of another");
}

static void look_at_connections(struct steps *s, const struct conf *account)
{
	const struct provider *p = account->provider;

	char text[128];

	if (!p || !p->connections || account->max_connections <= p->connections)
		return;
	snprintf(text, sizeof(text), "%s takes %u at once, and max-connections is %u",
		p->title, p->connections, account->max_connections);
	warn(s, "connections", text, "set max-connections lower");
}

static void look_at_from(
	struct steps *s, const struct conf *conf, const struct conf *account)
{
	const struct provider *p = account->provider;
	char text[256];

	if (*account->from)
		return;
	if (p)
		snprintf(text, sizeof(text), "%s lets an account send as: %s", p->title,
			p->sender_advice);
	else if (is_fallback(conf, account->name))
		snprintf(text, sizeof(text),
			"account %s stands in for another, and its server may not take "
			"the senders of that one",
			account->name);
	else
		return;
	warn(s, "from", text,
		p ? "set from to that; cron and others send as root of this host"
		  : "set from to what it may send as");
}

static bool any_allowed(const struct conf *conf)
{
	for (size_t i = 0; i <= conf->account_count; i++) {
		const struct conf *account = conf_account(conf, i);

		if (*account->allowed_senders || !*account->from)
			return true;
	}
	return false;
}

/* ITEM is a user, and what is granted to it where there is a colon. */
static void look_at_user(struct steps *s, enum conf_key key, const char *item)
{
	char who[SENDER_RULE_MAX + 1], what[SENDER_RULE_MAX + 1], text[128];
	const char *user = sender_rule_split(item, ":", who, what) ? who : item;

	if (strspn(user, "0123456789*") == strlen(user) || getpwnam(user))
		return;
	snprintf(text, sizeof(text), "%s: there is no user %.64s here",
		conf_key_name(key), user);
	warn(s, "user", text, "correct its name, or it concerns nobody");
}

static void look_at_users(struct steps *s, enum conf_key key, const char *list)
{
	char item[SENDER_RULE_MAX + 1];
	const char *at;
	size_t n;

	while ((at = text_list_next(&list, &n))) {
		snprintf(item, sizeof(item), "%.*s", (int)n, at);
		look_at_user(s, key, item);
	}
}

static void look_at_tls(struct steps *s, const struct conf *account)
{
	char text[512];

	if (account->tls != CONF_TLS_NONE || value_is_loopback(account->host))
		return;
	snprintf(text, sizeof(text),
		"mail goes to %s in plain, for all on the way to read and change",
		account->host);
	warn(s, "tls", text, "set tls to \"starttls\", if that server offers it");
}

void check_sense(struct steps *s, const struct conf *conf)
{
	look_at_users(s, CONF_KEY_USER_SENDERS, conf->user_senders);
	if (*conf->user_senders && !any_allowed(conf))
		warn(s, "senders",
			"all mail is sent as from, whatever user-senders grants",
			"set allowed-senders to what the provider lets the account send "
			"as beside from");
	for (size_t i = 0; i <= conf->account_count; i++) {
		const struct conf *account = conf_account(conf, i);

		if (i > 0)
			look_at_routes(s, conf, account);
		look_at_users(s, CONF_KEY_USERS, account->users);
		look_at_tls(s, account);
		look_at_connections(s, account);
		look_at_from(s, conf, account);
	}
}
