/* SPDX-License-Identifier: ISC */
#include "token/grant.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "base/text.h"

#define LIFETIME_S     3600 /* of a token whose issuer does not say (RFC 6749 section 5.1) */
#define LIFETIME_MAX_S 86400 /* asking more often than is needed costs nothing */
#define INTERVAL_S     5     /* RFC 8628 section 3.2 */
#define INTERVAL_MAX_S 60

/* Errors (RFC 6749 section 5.2, RFC 8628 section 3.5) with what they come to. */
static const struct error {
	const char *name;
	enum grant_verdict verdict;
	bool no_consent;
	const char *advice;
} errors[] = {
	{ "authorization_pending", GRANT_PENDING, false, "" },
	{ "slow_down", GRANT_SLOW, false, "" },
	{ "temporarily_unavailable", GRANT_LATER, false, "" },
	{ "server_error", GRANT_LATER, false, "" },
	{ "invalid_grant", GRANT_REFUSED, true, "" },
	{ "interaction_required", GRANT_REFUSED, true, "" },
	{ "consent_required", GRANT_REFUSED, true, "" },
	{ "login_required", GRANT_REFUSED, true, "" },
	{ "expired_token", GRANT_REFUSED, false, "; nobody consented in time" },
	{ "access_denied", GRANT_REFUSED, false, "; there was no consent" },
	{ "invalid_request", GRANT_REFUSED, false,
		"; check if the client needs a client-secret, which is to be stored" },
	{ "invalid_client", GRANT_REFUSED, false,
		"; check oauth-client-id and the stored client-secret" },
	{ "unauthorized_client", GRANT_REFUSED, false,
		"; the client is not registered for this way to get tokens, or a service "
		"account has no delegation of oauth-scope" },
	{ "invalid_scope", GRANT_REFUSED, false,
		"; check oauth-scope, and what the client may do" },
};

#define ERROR_COUNT (sizeof(errors) / sizeof(errors[0]))

void grant_clear(struct grant *grant)
{
	text_wipe(grant->access);
	text_wipe(grant->refresh);
	text_wipe(grant->device_code);
	free(grant->user_code);
	free(grant->verification_uri);
	*grant = (struct grant){ 0 };
}

/* The member if it is a string of visible ASCII that fits a line, else NULL. */
static const char *member(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	if (!value || !*value || strlen(value) >= COMMAND_LINE_MAX)
		return NULL;
	for (const char *c = value; *c; c++) {
		if (*c <= ' ' || *c > '~')
			return NULL;
	}
	return value;
}

static char *copy_member(const json_t *object, const char *name)
{
	const char *value = member(object, name);

	return value ? strdup(value) : NULL;
}

/* A number, which some write as a string; DEFAULT if there is none. */
static unsigned seconds(
	const json_t *object, const char *name, unsigned usual, unsigned max)
{
	const json_t *value = json_object_get(object, name);
	const char *text = json_string_value(value);
	double n = json_is_number(value) ? json_number_value(value)
		   : text		 ? strtod(text, NULL)
					 : usual;

	return n >= 1 ? n < max ? (unsigned)n : max : 0;
}

static const struct error *find_error(const char *name)
{
	for (size_t i = 0; i < ERROR_COUNT; i++) {
		if (strcmp(errors[i].name, name) == 0)
			return &errors[i];
	}
	return NULL;
}

static enum grant_verdict judge(long status, const struct error *error)
{
	if (status == 429 || status >= 500)
		return GRANT_LATER;
	if (error)
		return error->verdict;
	return status >= 400 ? GRANT_REFUSED : GRANT_LATER;
}

static enum grant_verdict take_error(long status, const json_t *object, struct grant *ret)
{
	const char *name = member(object, "error");
	const char *said =
		json_string_value(json_object_get(object, "error_description"));
	const struct error *error = name ? find_error(name) : NULL;
	enum grant_verdict verdict = judge(status, error);
	char shown[160];

	text_printable(shown, sizeof(shown), said ? said : "", said ? strlen(said) : 0);
	snprintf(ret->text, sizeof(ret->text), "%s (it said: %ld %.40s%s%s)%s",
		verdict == GRANT_LATER ? "gives no token for now" : "refuses", status,
		name ? name : "without a reason", *shown ? ": " : "", shown,
		error && verdict == GRANT_REFUSED ? error->advice : "");
	ret->no_consent = error && error->no_consent && verdict == GRANT_REFUSED;
	return verdict;
}

/* An object, or NULL and the verdict on what is none. */
static json_t *parse(long status, const char *body, size_t n, struct grant *ret)
{
	json_t *object = json_loadb(body, n, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(object))
		return object;
	json_decref(object);
	if (status >= 300 && status < 400)
		snprintf(ret->text, sizeof(ret->text),
			"answers with a redirection (%ld), which is not followed; check "
			"the URL",
			status);
	else
		snprintf(ret->text, sizeof(ret->text),
			"gives an answer that is not understood (status %ld); check the "
			"URL, and if a proxy answers in its place",
			status);
	return NULL;
}

/* What the object says, unless it is an error. */
static enum grant_verdict take(long status, const json_t *object, struct grant *ret,
	bool (*take_members)(const json_t *object, struct grant *ret))
{
	if (status != 200 || json_object_get(object, "error"))
		return take_error(status, object, ret);
	if (take_members(object, ret))
		return GRANT_GIVEN;
	snprintf(ret->text, sizeof(ret->text),
		"gives an answer without what was asked for");
	return GRANT_LATER;
}

static bool take_token(const json_t *object, struct grant *ret)
{
	ret->access = copy_member(object, "access_token");
	ret->refresh = copy_member(object, "refresh_token");
	ret->lifetime_s = seconds(object, "expires_in", LIFETIME_S, LIFETIME_MAX_S);
	return ret->access;
}

static bool take_device(const json_t *object, struct grant *ret)
{
	ret->device_code = copy_member(object, "device_code");
	ret->user_code = copy_member(object, "user_code");
	ret->verification_uri = copy_member(object, "verification_uri");
	ret->lifetime_s = seconds(object, "expires_in", LIFETIME_S, LIFETIME_S);
	ret->interval_s = seconds(object, "interval", INTERVAL_S, INTERVAL_MAX_S);
	if (ret->interval_s == 0)
		ret->interval_s = 1;
	return ret->device_code && ret->user_code && ret->verification_uri;
}

static enum grant_verdict parse_and_take(long status, const char *body, size_t n,
	struct grant *ret, bool (*take_members)(const json_t *object, struct grant *ret))
{
	json_t *object = parse(status, body, n, ret);
	enum grant_verdict verdict =
		object ? take(status, object, ret, take_members) : GRANT_LATER;

	json_decref(object);
	return verdict;
}

enum grant_verdict grant_parse_token(
	long status, const char *body, size_t n, struct grant *ret)
{
	return parse_and_take(status, body, n, ret, take_token);
}

enum grant_verdict grant_parse_device(
	long status, const char *body, size_t n, struct grant *ret)
{
	return parse_and_take(status, body, n, ret, take_device);
}
