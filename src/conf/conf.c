/* SPDX-License-Identifier: ISC */
/*
 * From the settings of a file to the effective configuration: each setting by itself, then the
 * preset and the defaults, then what does not go together. A setting that was found faulty counts
 * as made, so that one fault is not told twice.
 */
#include "conf/draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/defaults.h"
#include "base/sasl.h"
#include "base/text.h"
#include "conf/option.h"
#include "conf/value.h"

#define SHOWN_MAX     80 /* of a faulty value */
#define ACCOUNT_WORDS (CONF_ACCOUNT_MAX + 16)

#define BIT(key) (UINT64_C(1) << (key))

void fault_add(struct faults *faults, int line, const char *format, ...)
{
	va_list ap;

	if (line > 0)
		buf_addf(faults->out, "%s:%d: ", faults->path, line);
	else
		buf_addf(faults->out, "%s: ", faults->path);
	va_start(ap, format);
	buf_vaddf(faults->out, format, ap);
	va_end(ap);
	buf_addc(faults->out, '\n');
	faults->count++;
}

static bool given(const struct draft *d, enum conf_key key)
{
	return d->conf->lines[key] > 0;
}

/* Neither set nor tried to be, as far as one can tell. */
static bool missing(const struct draft *d, enum conf_key key)
{
	return d->whole && !given(d, key) && !(d->meant & BIT(key));
}

/* Not known to be faulty: what the file, the preset or the default says. */
static bool good(const struct draft *d, enum conf_key key)
{
	return !(d->bad & BIT(key));
}

static void item_unknown(struct draft *d, const struct conf_item *item)
{
	enum conf_key guess = option_guess(item->name);
	char name[SHOWN_MAX];

	text_printable(name, sizeof(name), item->name, strlen(item->name));
	if (guess < CONF_KEY_COUNT) {
		fault_add(d->faults, item->line,
			"%s: there is no such option; did you mean %s?", name,
			conf_key_name(guess));
		d->meant |= BIT(guess);
	} else if (option_is_secret(item->name)) {
		fault_add(d->faults, item->line,
			"%s: no secret belongs here, for everybody may read this file; "
			"put it into %s/%s%s%s (mode 0600) and delete this line",
			name, DEFAULT_SECRETS,
			strcasestr(item->name, "client")    ? "client-secret"
			: strcasestr(item->name, "refresh") ? "refresh-token"
							    : "password",
			d->conf->line ? "-" : "", d->conf->line ? d->conf->name : "");
	} else {
		fault_add(d->faults, item->line,
			"%s: there is no such option; mailchute.conf(5) lists them",
			name);
	}
}

static void item_refused(
	struct draft *d, const struct conf_item *item, enum conf_key key, struct buf *why)
{
	char value[SHOWN_MAX];
	const char *reason = buf_cstr(why);

	text_printable(value, sizeof(value), item->value, strlen(item->value));
	fault_add(d->faults, item->line, "%s: \"%s\" %s", item->name, value,
		reason ? reason : "does not fit into memory; free some");
	d->bad |= BIT(key);
	d->conf->lines[key] = item->line;
}

void draft_apply(struct draft *d, const struct conf_item *item)
{
	enum conf_key key = option_find(item->name);
	CLEANUP(buf_free) struct buf why = { 0 };

	if (key == CONF_KEY_COUNT) {
		item_unknown(d, item);
	} else if (d->conf->line && option_scope(key) == OPTION_GENERAL) {
		fault_add(d->faults, item->line,
			"%s: is the same for all accounts; set it before the first "
			"account \"...\" { }",
			item->name);
	} else if (!d->conf->line && option_scope(key) == OPTION_ROUTE) {
		fault_add(d->faults, item->line,
			"%s: belongs into an account \"...\" { }; the default account "
			"has the mail that no other takes",
			item->name);
	} else if (item->value[0] == '\0' && option_may_be_empty(key)) {
		return; /* the same as no line */
	} else if (given(d, key)) {
		fault_add(d->faults, item->line,
			"%s: set before, in line %d; delete one of the two", item->name,
			d->conf->lines[key]);
	} else if (option_set(d->conf, key, item->value, &why)) {
		d->conf->lines[key] = item->line;
	} else {
		item_refused(d, item, key, &why);
	}
}

/* "account office: ", or nothing for the default one. */
static const char *of_account(const struct draft *d, char to[ACCOUNT_WORDS])
{
	snprintf(to, ACCOUNT_WORDS, d->conf->line ? "account %s: " : "%s",
		d->conf->line ? d->conf->name : "");
	return to;
}

static void check_target(struct draft *d)
{
	char words[ACCOUNT_WORDS];
	const struct provider *p = d->conf->provider;
	const int *lines = d->conf->lines;
	bool by_region = p && strstr(p->host, "%s");

	if (missing(d, CONF_KEY_PROVIDER) && missing(d, CONF_KEY_HOST))
		fault_add(d->faults, d->conf->line ? d->conf->line : 1,
			"%sneither provider nor host is set; write provider = \"NAME\" "
			"or host = \"smtp.example.com\"",
			of_account(d, words));
	if (p && p->region_like && missing(d, CONF_KEY_REGION) &&
		missing(d, CONF_KEY_HOST))
		fault_add(d->faults, lines[CONF_KEY_PROVIDER],
			"provider: %s needs a region; add, for example, region = "
			"\"%s\"",
			p->name, p->region_like);
	if (given(d, CONF_KEY_REGION) && !by_region &&
		(p || missing(d, CONF_KEY_PROVIDER)))
		fault_add(d->faults, lines[CONF_KEY_REGION],
			"region: %s has no regions; delete this line",
			p ? p->name : "a plain host");
}

static void check_tls(struct draft *d)
{
	const struct conf *conf = d->conf;
	enum conf_tls usual;
	bool custom = conf_port_tls(conf->port, &usual);
	bool host_known = good(d, CONF_KEY_HOST) && conf->host[0];
	int line = conf->lines[CONF_KEY_TLS];

	if (!good(d, CONF_KEY_TLS))
		return;
	if (conf->tls == CONF_TLS_NONE && host_known && *conf->user &&
		!value_is_loopback(conf->host))
		fault_add(d->faults, line,
			"tls: \"none\" is no way to log in at %s, for it is not this "
			"machine; write \"starttls\" or \"implicit\", or delete user",
			conf->host);
	if (conf->tls != CONF_TLS_NONE && good(d, CONF_KEY_PORT) && custom &&
		usual != conf->tls)
		fault_add(d->faults, line > 0 ? line : conf->lines[CONF_KEY_PORT],
			"tls: on port %u servers speak \"%s\"; change tls or port",
			conf->port, usual == CONF_TLS_IMPLICIT ? "implicit" : "starttls");
}

/* What stands on something else that is not there, or has no effect beside it. */
static void check_tls_options(struct draft *d)
{
	static const enum conf_key of_tls[] = { CONF_KEY_TLS_FINGERPRINT,
		CONF_KEY_TLS_CLIENT_CERT };
	const struct conf *conf = d->conf;
	const int *lines = conf->lines;

	for (size_t i = 0; i < sizeof(of_tls) / sizeof(of_tls[0]); i++) {
		if (given(d, of_tls[i]) && conf->tls == CONF_TLS_NONE)
			fault_add(d->faults, lines[of_tls[i]],
				"%s: with tls = \"none\" nobody looks at it; delete one "
				"of "
				"the two",
				conf_key_name(of_tls[i]));
	}
	if (given(d, CONF_KEY_TLS_CLIENT_KEY) && missing(d, CONF_KEY_TLS_CLIENT_CERT))
		fault_add(d->faults, lines[CONF_KEY_TLS_CLIENT_KEY],
			"tls-client-key: a key needs its certificate; add "
			"tls-client-cert = \"/...\"");
	if (given(d, CONF_KEY_TLS_FINGERPRINT) && given(d, CONF_KEY_CA_FILE))
		fault_add(d->faults, lines[CONF_KEY_TLS_FINGERPRINT],
			"tls-fingerprint: it stands in place of authorities; delete "
			"this line or ca-file");
	if (strcasecmp(conf->auth, sasl_name(SASL_EXTERNAL)) == 0 &&
		missing(d, CONF_KEY_TLS_CLIENT_CERT))
		fault_add(d->faults, lines[CONF_KEY_AUTH],
			"auth: the login by certificate needs one; add tls-client-cert "
			"= \"/...\"");
}

/* One secret, and a way to log in that takes such a one. */
static void check_secret(struct draft *d)
{
	static const enum conf_key keys[] = { CONF_KEY_PASSWORD_FILE,
		CONF_KEY_PASSWORD_COMMAND, CONF_KEY_TOKEN_COMMAND, CONF_KEY_OAUTH };
	const struct provider *p = d->conf->provider;
	const char *auth = d->conf->auth;
	bool token = strcasecmp(auth, sasl_name(SASL_OAUTHBEARER)) == 0 ||
		     strcasecmp(auth, sasl_name(SASL_XOAUTH2)) == 0;
	bool no_source = missing(d, CONF_KEY_TOKEN_COMMAND) && missing(d, CONF_KEY_OAUTH);
	const int *lines = d->conf->lines;
	enum conf_key first = CONF_KEY_COUNT;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (given(d, keys[i]) && first == CONF_KEY_COUNT)
			first = keys[i];
		else if (given(d, keys[i]))
			fault_add(d->faults, lines[keys[i]],
				"%s: there is %s already; delete one of the two",
				conf_key_name(keys[i]), conf_key_name(first));
	}
	if (first != CONF_KEY_COUNT && missing(d, CONF_KEY_USER) &&
		missing(d, CONF_KEY_PROVIDER))
		fault_add(d->faults, lines[first],
			"%s: a password needs a user; add user = \"...\"",
			conf_key_name(first));
	if (p && provider_wants_token(p) && no_source)
		fault_add(d->faults, lines[CONF_KEY_PROVIDER],
			"provider: %s takes no passwords, only tokens; add "
			"oauth = \"...\" or token-command = \"...\"",
			p->name);
	if (token && no_source)
		fault_add(d->faults, lines[CONF_KEY_AUTH],
			"auth: %s needs a token; add oauth = \"...\" or "
			"token-command = \"...\"",
			auth);
	if (*auth && !token && conf_has_token(d->conf))
		fault_add(d->faults, lines[CONF_KEY_AUTH],
			"auth: %s takes no token; delete this line or %s", auth,
			*d->conf->oauth ? "oauth" : "token-command");
}

static void check_user(struct draft *d)
{
	const struct provider *p = d->conf->provider;
	const char *fixed = p && !p->user_free ? p->user : NULL;
	const int *lines = d->conf->lines;

	if (p && !p->user && missing(d, CONF_KEY_USER))
		fault_add(d->faults, lines[CONF_KEY_PROVIDER],
			"provider: %s needs a user; add user = \"...\": %s", p->name,
			p->user_advice);
	if (fixed && given(d, CONF_KEY_USER) && good(d, CONF_KEY_USER) &&
		strcmp(fixed, d->conf->user) != 0)
		fault_add(d->faults, lines[CONF_KEY_USER],
			"user: with %s it is \"%s\" for everybody; delete this line",
			p->name, fixed);
}

/* What is not kept has to be sent as somebody. */
static void check_from(struct draft *d)
{
	const struct conf *conf = d->conf;
	char words[ACCOUNT_WORDS];

	if (!missing(d, CONF_KEY_FROM))
		return;
	if (*conf->allowed_senders)
		fault_add(d->faults, conf->lines[CONF_KEY_ALLOWED_SENDERS],
			"allowed-senders: add from = \"...\", which others are sent as");
	if (*conf->user_senders)
		fault_add(d->faults, conf->lines[CONF_KEY_USER_SENDERS],
			"user-senders: %sadd from = \"...\", which others are sent as",
			of_account(d, words));
}

static void check_retry(struct draft *d)
{
	const struct conf *conf = d->conf;
	int min_line = conf->lines[CONF_KEY_RETRY_MIN];
	int max_line = conf->lines[CONF_KEY_RETRY_MAX];

	if (good(d, CONF_KEY_RETRY_MIN) && good(d, CONF_KEY_RETRY_MAX) &&
		conf->retry_min_s > conf->retry_max_s)
		fault_add(d->faults, min_line > max_line ? min_line : max_line,
			"retry-min is longer than retry-max; swap or change them");
}

int draft_complete(struct draft *d)
{
	int r = draft_fill(d);

	if (r < 0)
		return r;
	check_target(d);
	check_tls(d);
	check_tls_options(d);
	check_user(d);
	check_secret(d);
	draft_check_oauth(d);
	check_from(d);
	check_retry(d);
	return 0;
}

void conf_origin(const struct conf *conf, enum conf_key key, struct buf *out)
{
	const char *slash = strrchr(conf->path, '/');
	int line = conf->lines[key];

	if (line > 0)
		buf_addf(out, "%s:%d", slash ? slash + 1 : conf->path, line);
	else if (line < 0)
		buf_addf(out, "preset %s",
			key > CONF_KEY_OAUTH && key <= CONF_KEY_OAUTH_LAST
				? conf->oauth
				: conf->provider->name);
	else
		buf_adds(out, "built in");
}

const char *conf_null_sender(const struct conf *conf)
{
	if (conf->null_sender)
		return "";
	if (*conf->from)
		return conf->from;
	return strchr(conf->user, '@') ? conf->user : "";
}

bool conf_has_token(const struct conf *conf)
{
	return *conf->token_command || *conf->oauth;
}

bool conf_key_of_account(enum conf_key key)
{
	return option_scope(key) != OPTION_GENERAL;
}
