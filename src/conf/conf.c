/* SPDX-License-Identifier: ISC */
/*
 * From the settings of a file to the effective configuration: each setting by itself, then the
 * preset and the defaults, then what does not go together. A setting that was found faulty counts
 * as made, so that one fault is not told twice.
 */
#include "conf/draft.h"

#include <errno.h>
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
#include "mail/mailname.h"

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
	if (option_is_secret(item->name)) {
		fault_add(d->faults, item->line,
			"%s: no secret belongs here, for everybody may read this file; "
			"put it into %s/password%s%s (mode 0600) and delete this line",
			name, DEFAULT_SECRETS, d->conf->line ? "-" : "",
			d->conf->line ? d->conf->name : "");
	} else if (guess < CONF_KEY_COUNT) {
		fault_add(d->faults, item->line,
			"%s: there is no such option; did you mean %s?", name,
			conf_key_name(guess));
		d->meant |= BIT(guess);
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

/* Replaces a string of the configuration by a copy that was made for it. */
static int take_string(char **member, char *copy)
{
	if (!copy)
		return -ENOMEM;
	free(*member);
	*member = copy;
	return 0;
}

static int apply_preset_host(struct draft *d, const struct provider *p)
{
	const char *region = strstr(p->host, "%s");
	struct buf host = { 0 };

	if (given(d, CONF_KEY_HOST))
		return 0;
	d->conf->lines[CONF_KEY_HOST] = -1;
	if (!region)
		return take_string(&d->conf->host, strdup(p->host));
	buf_add(&host, p->host, (size_t)(region - p->host));
	buf_adds(&host, d->conf->region);
	buf_adds(&host, region + 2);
	return take_string(&d->conf->host, buf_steal(&host));
}

static void apply_preset_limit(
	struct draft *d, enum conf_key key, unsigned *member, unsigned value)
{
	if (given(d, key))
		return;
	*member = value;
	d->conf->lines[key] = -1;
}

static int apply_preset(struct draft *d, const struct provider *p)
{
	struct conf *conf = d->conf;
	int r = apply_preset_host(d, p);

	if (r == 0 && p->user && !given(d, CONF_KEY_USER)) {
		r = take_string(&conf->user, strdup(p->user));
		conf->lines[CONF_KEY_USER] = -1;
	}
	if (!given(d, CONF_KEY_NULL_SENDER)) {
		conf->null_sender = p->null_sender;
		conf->lines[CONF_KEY_NULL_SENDER] = -1;
	}
	apply_preset_limit(
		d, CONF_KEY_MAX_CONNECTIONS, &conf->max_connections, p->max_connections);
	apply_preset_limit(
		d, CONF_KEY_MAX_MESSAGES, &conf->max_messages, p->max_messages);
	apply_preset_limit(
		d, CONF_KEY_MAX_RECIPIENTS, &conf->max_recipients, p->max_recipients);
	return r;
}

/* What is spoken on the ports that have a custom (RFC 8314 section 7.3, and the providers'). */
static const struct port_custom {
	uint16_t port;
	enum conf_tls tls;
} port_customs[] = {
	{ 25, CONF_TLS_STARTTLS },
	{ 465, CONF_TLS_IMPLICIT },
	{ 587, CONF_TLS_STARTTLS },
	{ 2465, CONF_TLS_IMPLICIT },
	{ 2525, CONF_TLS_STARTTLS },
	{ 2587, CONF_TLS_STARTTLS },
};

static const struct port_custom *port_custom(uint16_t port)
{
	for (size_t i = 0; i < sizeof(port_customs) / sizeof(port_customs[0]); i++) {
		if (port_customs[i].port == port)
			return &port_customs[i];
	}
	return NULL;
}

static uint16_t usual_port(enum conf_tls tls)
{
	switch (tls) {
	case CONF_TLS_STARTTLS: return 587;
	case CONF_TLS_IMPLICIT: return 465;
	case CONF_TLS_NONE: break;
	}
	return 25;
}

/* A port or a kind of TLS that is given by itself brings the other one with it. */
static void fill_port_and_tls(struct draft *d)
{
	struct conf *conf = d->conf;
	const struct provider *p = conf->provider;
	const struct port_custom *custom = port_custom(conf->port);
	bool tls_given = given(d, CONF_KEY_TLS);

	if (!tls_given && given(d, CONF_KEY_PORT) && custom) {
		conf->tls = custom->tls;
	} else if (!tls_given && p) {
		conf->tls = (enum conf_tls)p->tls;
		conf->lines[CONF_KEY_TLS] = -1;
	}
	if (given(d, CONF_KEY_PORT))
		return;
	if (p && !tls_given) {
		conf->port = p->port;
		conf->lines[CONF_KEY_PORT] = -1;
	} else {
		conf->port = usual_port(conf->tls);
	}
}

static int fill_hostname(struct draft *d)
{
	char name[MAILNAME_MAX];

	if (given(d, CONF_KEY_HOSTNAME))
		return 0;
	mailname_get(name);
	return take_string(&d->conf->hostname, strdup(name));
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
	if (by_region && missing(d, CONF_KEY_REGION) && missing(d, CONF_KEY_HOST))
		fault_add(d->faults, lines[CONF_KEY_PROVIDER],
			"provider: %s needs a region; add, for example, region = "
			"\"eu-west-1\"",
			p->name);
	if (given(d, CONF_KEY_REGION) && !by_region &&
		(p || missing(d, CONF_KEY_PROVIDER)))
		fault_add(d->faults, lines[CONF_KEY_REGION],
			"region: %s has no regions; delete this line",
			p ? p->name : "a plain host");
}

static void check_tls(struct draft *d)
{
	const struct conf *conf = d->conf;
	const struct port_custom *custom = port_custom(conf->port);
	bool host_known = good(d, CONF_KEY_HOST) && conf->host[0];
	int line = conf->lines[CONF_KEY_TLS];

	if (!good(d, CONF_KEY_TLS))
		return;
	if (conf->tls == CONF_TLS_NONE && host_known && !value_is_loopback(conf->host))
		fault_add(d->faults, line,
			"tls: \"none\" is only for this machine itself, not for %s; "
			"write \"starttls\" or \"implicit\"",
			conf->host);
	if (conf->tls != CONF_TLS_NONE && good(d, CONF_KEY_PORT) && custom &&
		custom->tls != conf->tls)
		fault_add(d->faults, line > 0 ? line : conf->lines[CONF_KEY_PORT],
			"tls: on port %u servers speak \"%s\"; change tls or port",
			conf->port,
			custom->tls == CONF_TLS_IMPLICIT ? "implicit" : "starttls");
}

/* What stands on something else that is not there, or has no effect beside it. */
static void check_tls_options(struct draft *d)
{
	const struct conf *conf = d->conf;
	const int *lines = conf->lines;

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
		CONF_KEY_PASSWORD_COMMAND, CONF_KEY_TOKEN_COMMAND };
	const char *auth = d->conf->auth;
	bool token = strcasecmp(auth, sasl_name(SASL_OAUTHBEARER)) == 0 ||
		     strcasecmp(auth, sasl_name(SASL_XOAUTH2)) == 0;
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
	if (token && missing(d, CONF_KEY_TOKEN_COMMAND))
		fault_add(d->faults, lines[CONF_KEY_AUTH],
			"auth: %s needs a token; add token-command = \"...\"", auth);
	if (*auth && !token && given(d, CONF_KEY_TOKEN_COMMAND))
		fault_add(d->faults, lines[CONF_KEY_AUTH],
			"auth: %s takes no token; delete this line or token-command",
			auth);
}

static void check_user(struct draft *d)
{
	const struct provider *p = d->conf->provider;
	const char *fixed = p ? p->user : NULL;
	const int *lines = d->conf->lines;

	if (p && !fixed && missing(d, CONF_KEY_USER))
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
	int r = d->conf->provider ? apply_preset(d, d->conf->provider) : 0;

	if (r == 0)
		r = fill_hostname(d);
	if (r < 0)
		return r;
	fill_port_and_tls(d);
	check_target(d);
	check_tls(d);
	check_tls_options(d);
	check_user(d);
	check_secret(d);
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
		buf_addf(out, "preset %s", conf->provider->name);
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

bool conf_key_of_account(enum conf_key key)
{
	return option_scope(key) != OPTION_GENERAL;
}
