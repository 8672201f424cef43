/* SPDX-License-Identifier: ISC */
/* Also the part of conf.h that concerns single options: conf_key_name() and conf_key_value(). */
#include "conf/option.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/defaults.h"
#include "base/num.h"
#include "conf/oauth.h"
#include "conf/value.h"
#include "mail/job.h"

#define DAY_S 86400

enum kind {
	KIND_TEXT,
	KIND_NUMBER,
	KIND_DURATION,
	KIND_PORT,
	KIND_TLS,
	KIND_BOOL,
	KIND_PROVIDER,
};

struct option {
	const char *name;
	enum kind kind;
	size_t offset; /* of the member in struct conf */
	/* KIND_TEXT: NULL if it fits, else what it is not, and what to do. */
	const char *(*refuse)(const char *value);
	/* KIND_NUMBER, KIND_DURATION (in seconds): */
	unsigned min;
	unsigned max;
	unsigned built_in;
	const char *built_in_text; /* KIND_TEXT: NULL is "" */
	enum option_scope scope;
};

#define OF_ACCOUNT .scope = OPTION_ACCOUNT
#define A_ROUTE	   .scope = OPTION_ROUTE

#define MEMBER(name) .offset = offsetof(struct conf, name)

static const struct option options[CONF_KEY_COUNT] = {
	[CONF_KEY_PROVIDER] = { "provider", KIND_PROVIDER, MEMBER(provider), OF_ACCOUNT },
	[CONF_KEY_REGION] = { "region", KIND_TEXT, MEMBER(region), value_refuse_region,
		OF_ACCOUNT },
	[CONF_KEY_HOST] = { "host", KIND_TEXT, MEMBER(host), value_refuse_host,
		OF_ACCOUNT },
	[CONF_KEY_PORT] = { "port", KIND_PORT, MEMBER(port), OF_ACCOUNT },
	[CONF_KEY_TLS] = { "tls", KIND_TLS, MEMBER(tls), OF_ACCOUNT },
	[CONF_KEY_CA_FILE] = { "ca-file", KIND_TEXT, MEMBER(ca_file), value_refuse_path,
		OF_ACCOUNT },
	[CONF_KEY_TLS_MIN] = { "tls-min", KIND_TEXT, MEMBER(tls_min),
		value_refuse_tls_min, OF_ACCOUNT, .built_in_text = "1.2" },
	[CONF_KEY_TLS_FINGERPRINT] = { "tls-fingerprint", KIND_TEXT,
		MEMBER(tls_fingerprint), value_refuse_fingerprints, OF_ACCOUNT },
	[CONF_KEY_TLS_CLIENT_CERT] = { "tls-client-cert", KIND_TEXT,
		MEMBER(tls_client_cert), value_refuse_path, OF_ACCOUNT },
	[CONF_KEY_TLS_CLIENT_KEY] = { "tls-client-key", KIND_TEXT, MEMBER(tls_client_key),
		value_refuse_path, OF_ACCOUNT },
	[CONF_KEY_USER] = { "user", KIND_TEXT, MEMBER(user), value_refuse_user,
		OF_ACCOUNT },
	[CONF_KEY_PASSWORD_FILE] = { "password-file", KIND_TEXT, MEMBER(password_file),
		value_refuse_path, OF_ACCOUNT },
	[CONF_KEY_PASSWORD_COMMAND] = { "password-command", KIND_TEXT,
		MEMBER(password_command), value_refuse_command, OF_ACCOUNT },
	[CONF_KEY_TOKEN_COMMAND] = { "token-command", KIND_TEXT, MEMBER(token_command),
		value_refuse_command, OF_ACCOUNT },
	[CONF_KEY_OAUTH] = { "oauth", KIND_TEXT, MEMBER(oauth), oauth_refuse_name,
		OF_ACCOUNT },
	[CONF_KEY_OAUTH_CLIENT_ID] = { "oauth-client-id", KIND_TEXT,
		MEMBER(oauth_client_id), oauth_refuse_text, OF_ACCOUNT },
	[CONF_KEY_OAUTH_TENANT] = { "oauth-tenant", KIND_TEXT, MEMBER(oauth_tenant),
		oauth_refuse_tenant, OF_ACCOUNT },
	[CONF_KEY_OAUTH_SCOPE] = { "oauth-scope", KIND_TEXT, MEMBER(oauth_scope),
		oauth_refuse_text, OF_ACCOUNT },
	[CONF_KEY_OAUTH_AUTH_URL] = { "oauth-auth-url", KIND_TEXT, MEMBER(oauth_auth_url),
		oauth_refuse_url, OF_ACCOUNT },
	[CONF_KEY_OAUTH_TOKEN_URL] = { "oauth-token-url", KIND_TEXT,
		MEMBER(oauth_token_url), oauth_refuse_url, OF_ACCOUNT },
	[CONF_KEY_OAUTH_DEVICE_URL] = { "oauth-device-url", KIND_TEXT,
		MEMBER(oauth_device_url), oauth_refuse_url, OF_ACCOUNT },
	[CONF_KEY_AUTH] = { "auth", KIND_TEXT, MEMBER(auth), value_refuse_auth,
		OF_ACCOUNT },
	[CONF_KEY_FROM] = { "from", KIND_TEXT, MEMBER(from), value_refuse_address,
		OF_ACCOUNT },
	[CONF_KEY_ROOT] = { "root", KIND_TEXT, MEMBER(root), value_refuse_addresses },
	[CONF_KEY_ALIASES] = { "aliases", KIND_TEXT, MEMBER(aliases), value_refuse_path,
		.built_in_text = DEFAULT_ALIASES },
	[CONF_KEY_HOSTNAME] = { "hostname", KIND_TEXT, MEMBER(hostname),
		value_refuse_hostname },
	[CONF_KEY_MAX_CONNECTIONS] = { "max-connections", KIND_NUMBER,
		MEMBER(max_connections), .min = 1, .max = 100, .built_in = 2,
		OF_ACCOUNT },
	[CONF_KEY_MAX_MESSAGES] = { "max-messages", KIND_NUMBER, MEMBER(max_messages),
		.min = 1, .max = 10000, .built_in = 500, OF_ACCOUNT },
	[CONF_KEY_MAX_RECIPIENTS] = { "max-recipients", KIND_NUMBER,
		MEMBER(max_recipients), .min = 1, .max = JOB_RECIPIENTS_MAX,
		.built_in = 50, OF_ACCOUNT },
	[CONF_KEY_MAX_IDLE] = { "max-idle", KIND_DURATION, MEMBER(max_idle_s), .min = 1,
		.max = 600, .built_in = 5, OF_ACCOUNT },
	[CONF_KEY_RATE] = { "rate", KIND_TEXT, MEMBER(rate), value_refuse_rate,
		OF_ACCOUNT },
	[CONF_KEY_WINDOW] = { "window", KIND_NUMBER, MEMBER(window), .min = 1, .max = 100,
		.built_in = 16, OF_ACCOUNT },
	[CONF_KEY_USER_MESSAGES] = { "user-messages", KIND_NUMBER, MEMBER(user_messages),
		.min = 0, .max = 1000000, .built_in = 100000 },
	[CONF_KEY_USER_MEGABYTES] = { "user-megabytes", KIND_NUMBER,
		MEMBER(user_megabytes), .min = 0, .max = 1000000, .built_in = 0 },
	[CONF_KEY_RETRY_MIN] = { "retry-min", KIND_DURATION, MEMBER(retry_min_s),
		.min = 1, .max = DAY_S, .built_in = 5 * 60 },
	[CONF_KEY_RETRY_MAX] = { "retry-max", KIND_DURATION, MEMBER(retry_max_s),
		.min = 1, .max = 7 * DAY_S, .built_in = 4 * 3600 },
	[CONF_KEY_EXPIRE] = { "expire", KIND_DURATION, MEMBER(expire_s), .min = 1,
		.max = 30 * DAY_S, .built_in = 5 * DAY_S },
	[CONF_KEY_DELAY_NOTICE] = { "delay-notice", KIND_DURATION, MEMBER(delay_notice_s),
		.min = 0, .max = 30 * DAY_S, .built_in = 4 * 3600 },
	[CONF_KEY_NULL_SENDER] = { "null-sender", KIND_BOOL, MEMBER(null_sender),
		.built_in = true, OF_ACCOUNT },
	[CONF_KEY_ALERT_COMMAND] = { "alert-command", KIND_TEXT, MEMBER(alert_command),
		value_refuse_command },
	[CONF_KEY_ALERT_AFTER] = { "alert-after", KIND_DURATION, MEMBER(alert_after_s),
		.min = 0, .max = DAY_S, .built_in = 5 * 60 },
	[CONF_KEY_IDLE_EXIT] = { "idle-exit", KIND_DURATION, MEMBER(idle_exit_s),
		.min = 0, .max = DAY_S, .built_in = 60 },
	[CONF_KEY_ALLOWED_SENDERS] = { "allowed-senders", KIND_TEXT,
		MEMBER(allowed_senders), value_refuse_patterns, OF_ACCOUNT },
	[CONF_KEY_REWRITE] = { "rewrite", KIND_TEXT, MEMBER(rewrite),
		value_refuse_rewrite },
	[CONF_KEY_ADD_HEADER] = { "add-header", KIND_TEXT, MEMBER(add_header),
		value_refuse_field, OF_ACCOUNT },
	[CONF_KEY_USER_SENDERS] = { "user-senders", KIND_TEXT, MEMBER(user_senders),
		value_refuse_user_senders },
	[CONF_KEY_SENDERS] = { "senders", KIND_TEXT, MEMBER(senders),
		value_refuse_patterns, A_ROUTE },
	[CONF_KEY_USERS] = { "users", KIND_TEXT, MEMBER(users), value_refuse_users,
		A_ROUTE },
	[CONF_KEY_RECIPIENTS] = { "recipients", KIND_TEXT, MEMBER(recipients),
		value_refuse_patterns, A_ROUTE },
	[CONF_KEY_FALLBACK] = { "fallback", KIND_TEXT, MEMBER(fallback),
		value_refuse_account, OF_ACCOUNT },
	[CONF_KEY_FALLBACK_AFTER] = { "fallback-after", KIND_DURATION,
		MEMBER(fallback_after_s), .min = 0, .max = 7 * DAY_S, .built_in = 30 * 60,
		OF_ACCOUNT },
};

static const char *const tls_names[] = {
	[CONF_TLS_STARTTLS] = "starttls",
	[CONF_TLS_IMPLICIT] = "implicit",
	[CONF_TLS_NONE] = "none",
};

#define TLS_COUNT (sizeof(tls_names) / sizeof(tls_names[0]))

enum conf_key option_find(const char *name)
{
	enum conf_key key = 0;

	while (key < CONF_KEY_COUNT && strcmp(options[key].name, name) != 0)
		key++;
	return key;
}

enum conf_key option_guess(const char *name)
{
	enum conf_key best = CONF_KEY_COUNT;
	unsigned least = 3; /* so many slips of the finger are no longer the same word */

	for (enum conf_key key = 0; key < CONF_KEY_COUNT; key++) {
		unsigned distance = value_distance(name, options[key].name);

		if (distance < least && distance < strlen(options[key].name)) {
			least = distance;
			best = key;
		}
	}
	return best;
}

bool option_may_be_empty(enum conf_key key)
{
	return options[key].kind == KIND_TEXT || options[key].kind == KIND_PROVIDER;
}

enum option_scope option_scope(enum conf_key key)
{
	return options[key].scope;
}

bool option_is_secret(const char *name)
{
	static const char *const hints[] = { "pass", "pwd", "secret", "token", "apikey",
		"api-key", "api_key" };

	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		if (strcasestr(name, hints[i]))
			return true;
	}
	return false;
}

static bool set_text(
	const struct option *option, char **member, const char *value, struct buf *why)
{
	const char *reason = option->refuse(value);
	char *copy;

	if (reason) {
		buf_adds(why, reason);
		return false;
	}
	copy = strdup(value);
	if (!copy) {
		why->failed = true;
		return false;
	}
	free(*member);
	*member = copy;
	return true;
}

static bool set_number(
	const struct option *option, unsigned *member, const char *value, struct buf *why)
{
	uint64_t number;

	if (num_parse(value, strlen(value), option->max, &number) < 0 ||
		number < option->min) {
		buf_addf(why, "is not a number from %u to %u", option->min, option->max);
		return false;
	}
	*member = (unsigned)number;
	return true;
}

static bool set_duration(
	const struct option *option, unsigned *member, const char *value, struct buf *why)
{
	unsigned seconds;

	if (value_parse_duration(value, &seconds) < 0) {
		buf_adds(why, "is not a duration; write it like 30s, 5m, 4h or 2d");
		return false;
	}
	if (seconds < option->min || seconds > option->max) {
		buf_adds(why, "is out of range; it may be ");
		value_format_duration(option->min, why);
		buf_adds(why, " to ");
		value_format_duration(option->max, why);
		return false;
	}
	*member = seconds;
	return true;
}

static bool set_port(uint16_t *member, const char *value, struct buf *why)
{
	uint64_t number;

	if (num_parse(value, strlen(value), UINT16_MAX, &number) < 0 || number == 0) {
		buf_adds(why, "is not a port; give a number from 1 to 65535, mostly 587 "
			      "or 465");
		return false;
	}
	*member = (uint16_t)number;
	return true;
}

static bool set_tls(enum conf_tls *member, const char *value, struct buf *why)
{
	for (size_t i = 0; i < TLS_COUNT; i++) {
		if (strcmp(tls_names[i], value) == 0) {
			*member = (enum conf_tls)i;
			return true;
		}
	}
	buf_adds(why, "is not known; write \"starttls\" (port 587), \"implicit\" (port "
		      "465) or, for this machine, \"none\"");
	return false;
}

static bool set_bool(bool *member, const char *value, struct buf *why)
{
	bool yes = strcmp(value, "yes") == 0;

	if (!yes && strcmp(value, "no") != 0) {
		buf_adds(why, "is neither \"yes\" nor \"no\"");
		return false;
	}
	*member = yes;
	return true;
}

static bool set_provider(
	const struct provider **member, const char *value, struct buf *why)
{
	const struct provider *found = provider_find(value);

	if (found) {
		*member = found;
		return true;
	}
	buf_adds(why, "is not known");
	provider_suggest(value, why);
	buf_adds(why, "; for another one write host instead");
	return false;
}

bool option_set(struct conf *conf, enum conf_key key, const char *value, struct buf *why)
{
	const struct option *option = &options[key];
	void *member = (char *)conf + option->offset;

	switch (option->kind) {
	case KIND_TEXT: return set_text(option, member, value, why);
	case KIND_NUMBER: return set_number(option, member, value, why);
	case KIND_DURATION: return set_duration(option, member, value, why);
	case KIND_PORT: return set_port(member, value, why);
	case KIND_TLS: return set_tls(member, value, why);
	case KIND_BOOL: return set_bool(member, value, why);
	case KIND_PROVIDER: return set_provider(member, value, why);
	}
	return false;
}

void conf_key_value(const struct conf *conf, enum conf_key key, struct buf *out)
{
	const struct option *option = &options[key];
	const void *member = (const char *)conf + option->offset;

	switch (option->kind) {
	case KIND_TEXT: buf_adds(out, *(char *const *)member); break;
	case KIND_NUMBER: buf_addf(out, "%u", *(const unsigned *)member); break;
	case KIND_DURATION: value_format_duration(*(const unsigned *)member, out); break;
	case KIND_PORT: buf_addf(out, "%u", *(const uint16_t *)member); break;
	case KIND_TLS: buf_adds(out, tls_names[*(const enum conf_tls *)member]); break;
	case KIND_BOOL: buf_adds(out, *(const bool *)member ? "yes" : "no"); break;
	case KIND_PROVIDER:
		buf_adds(out, conf->provider ? conf->provider->name : "");
		break;
	}
}

bool option_defaults(struct conf *conf)
{
	bool complete = true;

	for (enum conf_key key = 0; key < CONF_KEY_COUNT; key++) {
		const struct option *option = &options[key];
		void *member = (char *)conf + option->offset;

		if (option->kind == KIND_TEXT) {
			*(char **)member = strdup(
				option->built_in_text ? option->built_in_text : "");
			complete = complete && *(char **)member;
		} else if (option->kind == KIND_NUMBER || option->kind == KIND_DURATION) {
			*(unsigned *)member = option->built_in;
		} else if (option->kind == KIND_BOOL) {
			*(bool *)member = option->built_in;
		}
	}
	return complete;
}

bool option_copy(struct conf *to, const struct conf *from, enum conf_key key)
{
	const struct option *option = &options[key];
	void *member = (char *)to + option->offset;
	const void *source = (const char *)from + option->offset;
	char *copy;

	to->lines[key] = from->lines[key];
	switch (option->kind) {
	case KIND_TEXT:
		copy = strdup(*(char *const *)source);
		if (!copy)
			return false;
		free(*(char **)member);
		*(char **)member = copy;
		break;
	case KIND_NUMBER:
	case KIND_DURATION: memcpy(member, source, sizeof(unsigned)); break;
	case KIND_PORT: memcpy(member, source, sizeof(uint16_t)); break;
	case KIND_TLS: memcpy(member, source, sizeof(enum conf_tls)); break;
	case KIND_BOOL: memcpy(member, source, sizeof(bool)); break;
	case KIND_PROVIDER: to->provider = from->provider; break;
	}
	return true;
}

void option_free_strings(struct conf *conf)
{
	for (enum conf_key key = 0; key < CONF_KEY_COUNT; key++) {
		if (options[key].kind == KIND_TEXT)
			free(*(char **)((char *)conf + options[key].offset));
	}
}

const char *conf_key_name(enum conf_key key)
{
	return options[key].name;
}
