/* SPDX-License-Identifier: ISC */
/* What has to be known of an account: from the command line, from what is set already, or from somebody. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "conf/option.h"
#include "conf/value.h"
#include "control/control.h"
#include "control/setup.h"

static char **answer(struct setup *s, enum conf_key key)
{
	return &s->answers.values[key];
}

static bool has(struct setup *s, enum conf_key key)
{
	return *answer(s, key) && **answer(s, key);
}

static void set(struct setup *s, enum conf_key key, const char *value)
{
	free(*answer(s, key));
	*answer(s, key) = value ? strdup(value) : NULL;
}

/* True if the value is one for the option; "" takes it out. Told if not. */
static bool fits(enum conf_key key, const char *value)
{
	CLEANUP(buf_free) struct buf why = { 0 };
	struct conf scratch = { 0 };
	char shown[80];
	bool good = !*value ||
		    (option_defaults(&scratch) && option_set(&scratch, key, value, &why));

	option_free_strings(&scratch);
	text_printable(shown, sizeof(shown), value, strlen(value));
	if (!good)
		fprintf(stderr, "mailchute: %s: \"%s\" %s\n", conf_key_name(key), shown,
			buf_cstr(&why) ? why.data : "does not fit into memory");
	return good;
}

static bool refuse_word(const char *word, const char *why)
{
	fprintf(stderr, "mailchute: '%s' %s\n", word, why);
	return false;
}

bool setup_take(struct setup *s, const char *word)
{
	size_t n = strcspn(word, "=");
	CLEANUP_FREE char *name = strndup(word, n);
	enum conf_key key = name ? option_find(name) : CONF_KEY_COUNT;

	if (name && key == CONF_KEY_COUNT && option_is_secret(name))
		return refuse_word(name,
			"is not for the command line, which others can see; it is asked "
			"for, or read by --secret-file");
	if (!word[n] || key == CONF_KEY_COUNT || strpbrk(word, "\r\n"))
		return refuse_word(word, "is no SETTING=VALUE of mailchute.conf(5)");
	if (s->account && option_scope(key) == OPTION_GENERAL)
		return refuse_word(
			word, "is the same for all accounts; leave --account out");
	if (!s->account && option_scope(key) == OPTION_ROUTE)
		return refuse_word(word, "is for a further account; name it: --account");
	if (key != CONF_KEY_PROVIDER && !fits(key, word + n + 1))
		return false;
	set(s, key, word + n + 1);
	return true;
}

/* True if what is set now is about the server that will be set. */
static bool is_same_server(struct setup *s)
{
	return s->old &&
	       (has(s, CONF_KEY_HOST)
			       ? strcmp(s->old->host, *answer(s, CONF_KEY_HOST)) == 0
			       : s->old->provider ==
					 provider_find(*answer(s, CONF_KEY_PROVIDER)));
}

/* What stays with another server. */
static bool is_of_server(enum conf_key key)
{
	switch (key) {
	case CONF_KEY_FROM:
	case CONF_KEY_ALLOWED_SENDERS:
	case CONF_KEY_PASSWORD_FILE:
	case CONF_KEY_FALLBACK:
	case CONF_KEY_FALLBACK_AFTER: return false;
	default: return option_scope(key) == OPTION_ACCOUNT;
	}
}

/* Sees to it that there is a value: from the command line, or somebody, who may keep what is set, or else
 * take the PROPOSAL. */
static bool need(
	struct setup *s, enum conf_key key, const char *question, const char *proposal)
{
	CLEANUP(buf_free) struct buf old = { 0 };

	if (has(s, key))
		return true;
	if (s->old && !*answer(s, key))
		conf_key_value(s->old, key, &old);
	if (old.len && buf_cstr(&old))
		proposal = old.data;
	if (!s->asks && proposal && *proposal)
		set(s, key, proposal);
	else if (!s->asks)
		fprintf(stderr,
			"mailchute: %s=... is missing, and here is nobody to ask\n",
			conf_key_name(key));
	else
		set(s, key, NULL);
	while (s->asks && !*answer(s, key)) {
		*answer(s, key) = ask(question, proposal);
		if (!*answer(s, key))
			return false;
		if (key != CONF_KEY_PROVIDER && !fits(key, *answer(s, key)))
			set(s, key, NULL);
	}
	return has(s, key);
}

/* The answer is a preset, or a server: then it has a dot or a colon, or is this machine. */
static bool take_provider(struct setup *s)
{
	const char *word = *answer(s, CONF_KEY_PROVIDER);
	CLEANUP(buf_free) struct buf others = { 0 };

	if (provider_find(word))
		return true;
	if (strpbrk(word, ".:") || strcmp(word, "localhost") == 0 ||
		(s->old && strcmp(word, s->old->host) == 0)) {
		if (fits(CONF_KEY_HOST, word))
			set(s, CONF_KEY_HOST, word);
		return has(s, CONF_KEY_HOST);
	}
	if (s->asks && strcmp(word, "?") == 0) {
		providers_print();
		return false;
	}
	provider_suggest(word, &others);
	fprintf(stderr,
		"mailchute: there is no preset '%s'%s; a server without a dot in its "
		"name is host=NAME on the command line\n",
		word, buf_cstr(&others) ? others.data : "");
	return false;
}

static bool need_provider(struct setup *s, const struct provider **ret)
{
	while (!has(s, CONF_KEY_HOST)) {
		if (!need(s, CONF_KEY_PROVIDER,
			    "Provider (? lists them), or name of a server",
			    s->old ? s->old->host : ""))
			return false;
		if (take_provider(s))
			break;
		if (!s->asks)
			return false;
		set(s, CONF_KEY_PROVIDER, NULL);
	}
	if (has(s, CONF_KEY_HOST))
		set(s, CONF_KEY_PROVIDER, "");
	*ret = provider_find(*answer(s, CONF_KEY_PROVIDER));
	for (enum conf_key key = 0; key < CONF_KEY_COUNT; key++) {
		if (s->old && is_of_server(key) && !*answer(s, key) && !is_same_server(s))
			set(s, key, "");
	}
	if (*ret && !*answer(s, CONF_KEY_HOST))
		set(s, CONF_KEY_HOST, "");
	return true;
}

/* Without a preset that knows it. What was set for TLS makes way for what is the custom at another port. */
static bool need_port(struct setup *s)
{
	bool was_asked = !has(s, CONF_KEY_PORT) && !has(s, CONF_KEY_TLS) && s->asks;
	enum conf_tls tls;
	unsigned port;

	if (!was_asked)
		return true;
	if (!need(s, CONF_KEY_PORT, "Port", "587"))
		return false;
	port = (unsigned)strtoul(*answer(s, CONF_KEY_PORT), NULL, 10);
	if (s->old && port != s->old->port && conf_port_tls((uint16_t)port, &tls))
		set(s, CONF_KEY_TLS, "");
	return true;
}

/* Takes out what is of no use any more. */
static void clear(struct setup *s, enum conf_key first, enum conf_key last)
{
	for (enum conf_key key = first; key <= last; key++) {
		if (!*answer(s, key))
			set(s, key, "");
	}
}

static bool need_user(struct setup *s, const struct provider *p)
{
	bool good = need(
		s, CONF_KEY_USER, p ? "User" : "User (- for no login)", p ? "" : "-");

	if (good && strcmp(*answer(s, CONF_KEY_USER), "-") == 0) {
		set(s, CONF_KEY_USER, "");
		clear(s, CONF_KEY_PASSWORD_FILE, CONF_KEY_AUTH);
	}
	return good;
}

static bool need_login(struct setup *s, const struct provider *p)
{
	if (!p && !need_port(s))
		return false;
	if (p && strstr(p->host, "%s") && !need(s, CONF_KEY_REGION, "Region", p->region))
		return false;
	if (p && p->user_advice && s->asks)
		printf("With %s, user is %s; the password is %s.\n", p->title,
			p->user_advice, p->secret_advice);
	if (p && provider_wants_token(p) && !has(s, CONF_KEY_OAUTH))
		set(s, CONF_KEY_OAUTH, "microsoft");
	if (!(p && p->user) && !need_user(s, p))
		return false;
	if (*answer(s, CONF_KEY_OAUTH) && !has(s, CONF_KEY_OAUTH))
		clear(s, CONF_KEY_OAUTH, CONF_KEY_OAUTH_LAST);
	if (has(s, CONF_KEY_OAUTH))
		clear(s, CONF_KEY_PASSWORD_FILE, CONF_KEY_TOKEN_COMMAND);
	return !has(s, CONF_KEY_OAUTH) ||
	       need(s, CONF_KEY_OAUTH_CLIENT_ID,
		       "Client ID of the application that you registered for this", "");
}

/* A mailbox sends as itself, so with another one its address is proposed. */
static bool need_from(struct setup *s, const struct provider *p)
{
	const char *user = *answer(s, CONF_KEY_USER);
	bool is_address = user && strchr(user, '@');

	if (p && p->sender_advice && s->asks)
		printf("It lets you send as %s.\n", p->sender_advice);
	if (s->asks && is_address && !is_same_server(s) && !has(s, CONF_KEY_FROM))
		set(s, CONF_KEY_FROM, "");
	return need(
		s, CONF_KEY_FROM, "Address that mail comes from", is_address ? user : "");
}

/* Which mail goes by a further account, if nothing tells yet. */
static bool need_route(struct setup *s)
{
	static const enum conf_key routes[] = { CONF_KEY_SENDERS, CONF_KEY_USERS,
		CONF_KEY_RECIPIENTS };

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		CLEANUP(buf_free) struct buf old = { 0 };

		if (s->old)
			conf_key_value(s->old, routes[i], &old);
		if (has(s, routes[i]) || old.len)
			return true;
	}
	return need(s, CONF_KEY_SENDERS,
		"Senders whose mail goes by it (addresses, @domains)",
		*answer(s, CONF_KEY_FROM));
}

bool setup_ask(struct setup *s)
{
	const struct provider *p = NULL;

	if (s->asks)
		puts("An empty line takes what stands in brackets. Nothing changes "
		     "before "
		     "the last answer.\n");
	return need_provider(s, &p) && need_login(s, p) && need_from(s, p) &&
	       (s->account ? need_route(s)
			   : need(s, CONF_KEY_ROOT,
				     "Address that mail for root and local users goes to",
				     *answer(s, CONF_KEY_FROM)));
}
