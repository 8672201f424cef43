/* SPDX-License-Identifier: ISC */
/*
 * What stands first wins: a provider's own words before words that anybody may use. Codes lie in
 * both directions: 5xx that pass by themselves, 4xx that never will.
 */
#include "wire/fault.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define MINUTE 60
#define HOUR   3600

#define APP_PASSWORD                                                                     \
	"make an app password (it needs 2-step verification) and store it as the "       \
	"password"
#define OAUTH_ONLY                                                                       \
	"this provider takes no passwords any more; set token-command, or use another "  \
	"provider"
#define SMTP_AUTH_OFF                                                                    \
	"SMTP AUTH is switched off for the mailbox or the tenant; an administrator "     \
	"there "                                                                         \
	"has to switch it on"
#define SEND_AS                                                                          \
	"the account may not send in this name; set from to its own address, or have "   \
	"it "                                                                            \
	"allowed to send as this one"
#define VERIFY                                                                           \
	"verify the sender's address or domain with the provider, or set from to one "   \
	"that "                                                                          \
	"is verified"

static const struct fault faults[] = {
	/* Google */
	{ NULL, 0, NULL, "user sending limit exceeded", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "daily sending quota exceeded", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "daily smtp relay*limit exceeded", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "peak smtp relay limit exceeded", FAULT_PACE, 10 * MINUTE,
		NULL },
	{ NULL, 5, "5.2.1", "receiving mail at a rate that", FAULT_TEMPORARY, HOUR,
		NULL },
	{ NULL, 0, NULL, "too many login attempts", FAULT_LOGIN, 15 * MINUTE, NULL },
	{ NULL, 0, NULL, "application-specific password required", FAULT_LOGIN, 0,
		APP_PASSWORD },
	{ NULL, 0, NULL, "log in*your web browser", FAULT_LOGIN, 0,
		"sign in with a browser once, then make an app password" },
	{ NULL, 535, NULL, "username and password not accepted", FAULT_LOGIN, 0,
		"check the user name; Gmail wants an app password, not the account's "
		"own" },
	{ NULL, 0, NULL, "mail relay denied", FAULT_SENDER, 0,
		"register this machine's address or domain with the relay service" },
	{ NULL, 0, NULL, "invalid credentials for relay", FAULT_SENDER, 0,
		"log in with user and password, or set hostname to the domain" },
	{ NULL, 0, NULL, "mail sending denied", FAULT_LOGIN, 0,
		"the account is disabled; see its administration page" },
	/* Microsoft */
	{ NULL, 0, NULL, "submissionquotaexceeded", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "daily limit for message recipients", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 5, "5.7.233", NULL, FAULT_QUOTA, HOUR, NULL },
	{ NULL, 5, "5.2.2", "quotaexceeded", FAULT_LOGIN, HOUR,
		"the sending mailbox is full: empty its Sent Items" },
	{ NULL, 0, NULL, "sendasdenied", FAULT_SENDER, 0, SEND_AS },
	{ NULL, 0, NULL, "does not have permissions to send as", FAULT_SENDER, 0,
		SEND_AS },
	{ "microsoft365", 5, "5.2.251", NULL, FAULT_SENDER, 4 * HOUR, SEND_AS },
	{ "microsoft365", 5, "5.2.253", NULL, FAULT_SENDER, 4 * HOUR, SEND_AS },
	{ "microsoft365", 5, "5.2.254", NULL, FAULT_SENDER, 4 * HOUR, SEND_AS },
	{ "microsoft365", 5, "5.2.255", NULL, FAULT_SENDER, 4 * HOUR, SEND_AS },
	{ NULL, 0, NULL, "recipient thread limit exceeded", FAULT_TEMPORARY, 0, NULL },
	{ NULL, 0, NULL, "concurrent connections limit exceeded", FAULT_PACE, MINUTE,
		"set max-connections = 2" },
	{ NULL, 0, NULL, "smtpclientauthentication is disabled", FAULT_LOGIN, 0,
		SMTP_AUTH_OFF },
	{ NULL, 0, NULL, "basic authentication is", FAULT_LOGIN, 0, OAUTH_ONLY },
	{ NULL, 535, "5.7.139", NULL, FAULT_LOGIN, 0,
		"check user and password; sign-in rules of the organisation may forbid "
		"it too" },
	{ NULL, 0, NULL, "not authenticated to send", FAULT_LOGIN, 0,
		"the server wants a login first; set user and password" },
	{ NULL, 0, NULL, "tenant has exceeded threshold", FAULT_LOGIN, HOUR,
		"the tenant is blocked for sending too much; see its administration "
		"page" },
	{ NULL, 0, NULL, "bad outbound sender", FAULT_LOGIN, HOUR,
		"the mailbox is blocked for sending spam; see its administration page" },
	/* Amazon */
	{ NULL, 454, NULL, "daily message quota exceeded", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 454, NULL, "sigv2 smtp sending rate", FAULT_PACE, 5,
		"make new SMTP credentials: these are from before 2019" },
	{ NULL, 454, NULL, "throttling failure", FAULT_PACE, 2, NULL },
	{ NULL, 0, NULL, "authentication credentials invalid", FAULT_LOGIN, 0,
		"check user and region; the user is the access key id, and temporary "
		"credentials do not do" },
	{ NULL, 0, NULL, "not subscribed to ses", FAULT_LOGIN, 0,
		"sign up for SES in this region" },
	{ NULL, 554, NULL, "address is not verified", FAULT_SENDER, 0,
		"verify the address in this region; in the SES sandbox recipients have "
		"to be verified too" },
	{ NULL, 554, NULL, "not authorized to perform", FAULT_SENDER, 0,
		"the credentials' IAM policy does not allow this sender" },
	{ NULL, 554, NULL, "mail from domain not verified", FAULT_SENDER, 0, VERIFY },
	{ NULL, 554, NULL, "account is paused", FAULT_LOGIN, HOUR,
		"SES has paused the account; see its console" },
	/* SendGrid */
	{ NULL, 0, NULL, "maximum credits exceeded", FAULT_QUOTA, HOUR,
		"the plan's credits are used up; buy some or wait" },
	{ NULL, 0, NULL, "not authorized to send from that email", FAULT_SENDER, 0,
		VERIFY },
	{ NULL, 0, NULL, "does not match a verified sender", FAULT_SENDER, 0, VERIFY },
	{ NULL, 0, NULL, "unauthenticated senders not allowed", FAULT_LOGIN, 0,
		"log in: the user is the word apikey, the password an API key" },
	/* Mailgun, Postmark, Brevo, Resend, SparkPost, Mailtrap, SMTP2GO */
	{ NULL, 0, NULL, "free accounts are for test purposes", FAULT_SENDER, 0,
		"authorise the recipient, or leave the free plan" },
	{ NULL, 0, NULL, "sender signature*not", FAULT_SENDER, 0, VERIFY },
	{ NULL, 0, NULL, "unauthorized ip address", FAULT_LOGIN, 0,
		"authorise this machine's address in the provider's panel; the key is "
		"not the matter" },
	{ NULL, 0, NULL, "smtp account is not yet activated", FAULT_LOGIN, HOUR,
		"have the provider activate SMTP for the account" },
	{ NULL, 0, NULL, "unconfigured sending domain", FAULT_SENDER, 0, VERIFY },
	{ NULL, 0, NULL, "domain is not verified", FAULT_SENDER, 0, VERIFY },
	{ NULL, 0, NULL, "sending from domain*is not allowed", FAULT_SENDER, 0, VERIFY },
	{ NULL, 0, NULL, "header does not match the sender", FAULT_SENDER, 0, SEND_AS },
	{ NULL, 0, NULL, "sender domain not verified", FAULT_SENDER, 0, VERIFY },
	{ NULL, 0, NULL, "relay access denied*authenticate", FAULT_LOGIN, 0,
		"the server wants a login first; set user and password" },
	/* Yahoo and AOL, Zoho, GMX, IONOS, GoDaddy, Oracle, Alibaba, hosters */
	{ NULL, 0, NULL, "#auth005", FAULT_LOGIN, HOUR,
		"too many logins failed; the password may be right" },
	{ NULL, 5, "5.4.6", "unusual sending activity", FAULT_QUOTA, HOUR,
		"the provider has blocked the account's mail; see its panel" },
	{ NULL, 0, NULL, "not allowed to relay", FAULT_SENDER, 0, SEND_AS },
	{ NULL, 0, NULL, "relaying disallowed as", FAULT_SENDER, 0, SEND_AS },
	{ NULL, 0, NULL, "sender address blocked", FAULT_LOGIN, HOUR,
		"the provider has blocked the account; see its panel" },
	{ NULL, 0, NULL, "sender address is not allowed", FAULT_SENDER, 0, SEND_AS },
	{ NULL, 440, NULL, "authentication", FAULT_SENDER, 0, SEND_AS },
	{ NULL, 5, NULL, "number of messages per*ib510", FAULT_PACE, 1, NULL },
	{ NULL, 5, NULL, "ib504", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 5, NULL, "ib607", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 5, NULL, "ib110", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 5, NULL, "ib112", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 5, NULL, "ib111", FAULT_QUOTA, 4 * HOUR, NULL },
	{ NULL, 5, NULL, "ib113", FAULT_QUOTA, 4 * HOUR, NULL },
	{ NULL, 455, NULL, "per day reached", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 455, NULL, "per minute reached", FAULT_PACE, MINUTE, NULL },
	{ NULL, 421, NULL, "too many auth failures", FAULT_LOGIN, HOUR / 2,
		"check user and password, and that the sender is approved" },
	{ NULL, 535, NULL, "too many connections", FAULT_PACE, MINUTE,
		"set max-connections lower" },
	{ NULL, 0, NULL, "policy rejection*quota exceeded", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "exceeded the max emails per hour", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "max defers and failures per hour", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "exceeded your daily sending limit", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "too many recipients*received this hour", FAULT_PACE, HOUR,
		NULL },
	{ NULL, 4, "4.5.3", NULL, FAULT_SPLIT, 0, NULL },
	{ NULL, 5, "5.5.3", NULL, FAULT_SPLIT, 0, NULL },
	{ NULL, 0, NULL, "too many recipients", FAULT_SPLIT, 0, NULL },
	/* whoever says so; "quota" alone is mostly the recipient's */
	{ NULL, 0, NULL, "daily*exceed", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "daily*limit*reached", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "exceeded*per day", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 4, NULL, "throttl", FAULT_PACE, 0, NULL },
	{ NULL, 4, NULL, "sending rate", FAULT_PACE, 0, NULL },
	{ NULL, 4, NULL, "rate limit", FAULT_PACE, 0, NULL },
	{ NULL, 4, NULL, "too many concurrent", FAULT_PACE, MINUTE / 2, NULL },
	{ NULL, 4, NULL, "too many connections", FAULT_PACE, MINUTE / 2, NULL },
	{ NULL, 5, NULL, "sender*not verified", FAULT_SENDER, 0, VERIFY },
	{ NULL, 5, NULL, "sender*not owned", FAULT_SENDER, 0, SEND_AS },
	{ NULL, 5, NULL, "not permitted to send from", FAULT_SENDER, 0, SEND_AS },
};

/* True if PATTERN up to its next '*' stands somewhere in TEXT; *REST is what follows there. */
static bool part_found(const char *text, const char *pattern, size_t n, const char **rest)
{
	for (; *text; text++) {
		if (strncasecmp(text, pattern, n) == 0) {
			*rest = text + n;
			return true;
		}
	}
	return false;
}

static bool text_matches(const char *text, const char *pattern)
{
	while (*pattern) {
		size_t n = strcspn(pattern, "*");

		if (!part_found(text, pattern, n, &text))
			return false;
		pattern += n + (pattern[n] == '*');
	}
	return true;
}

static bool code_matches(int pattern, int code)
{
	return pattern == 0 || pattern == code || (pattern < 10 && pattern == code / 100);
}

const struct fault *fault_find(const char *provider, const struct reply *reply)
{
	char text[sizeof(reply->text) + 1];

	reply_sentence(reply, text, sizeof(text));
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		const struct fault *f = &faults[i];

		if ((!f->provider || strcmp(f->provider, provider) == 0) &&
			code_matches(f->code, reply->code) &&
			(!f->enhanced || strcmp(f->enhanced, reply->enhanced) == 0) &&
			(!f->text || text_matches(text, f->text)))
			return f;
	}
	return NULL;
}
