/* SPDX-License-Identifier: ISC */
/*
 * What stands first wins: a provider's own words before words that anybody may use. Codes lie in
 * both directions: 5xx that pass by themselves, 4xx that never will.
 */
#include "wire/fault.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define MINUTE 60
#define HOUR   3600

#define APP_PASSWORD                                                                     \
	"make an app password (it needs 2-step verification) and store it as the "       \
	"password"
#define OAUTH_ONLY                                                                       \
	"this provider takes no passwords any more; set oauth, or use another "          \
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

#define TLS_FIRST                                                                        \
	"the server wants TLS before anything else; set tls, or leave tls and port to "  \
	"the preset"
#define SPAM                                                                             \
	"the provider takes it for spam: look at what is sent and how much, and at the " \
	"account's page there"
#define TOO_LARGE "the message is too large there; send a link to what is large in it"
#define RELAY                                                                            \
	"the server relays nothing for us like this: set user and password, and send "   \
	"in a "                                                                          \
	"name that the account may use"
#define SUPPRESSED                                                                       \
	"the address is on the provider's list of those that bounced or complained; "    \
	"take "                                                                          \
	"it off there if it is good again"
#define NO_MAILBOX "there is no such mailbox; check the address"
#define BAD_HEADER                                                                       \
	"a header field is missing, double or not well-formed; mend the program that "   \
	"wrote it"
#define FEWER_CONNECTIONS "set max-connections lower"

static const struct fault faults[] = {
	/* Google */
	{ NULL, 421, NULL, "try again later, closing connection", FAULT_TEMPORARY,
		10 * MINUTE, "set hostname to this machine's full name in the DNS" },
	{ NULL, 4, NULL, "multiple destination domains per transaction", FAULT_SPLIT, 0,
		NULL },
	{ NULL, 454, NULL, "cannot authenticate due to", FAULT_TEMPORARY, 5 * MINUTE,
		NULL },
	{ NULL, 5, NULL, "potential security issue", FAULT_AS_CODED, 0,
		"the provider takes no such attachments; send a link instead" },
	{ NULL, 5, NULL, "illegal attachment", FAULT_AS_CODED, 0,
		"the provider takes no such attachments; send a link instead" },
	{ NULL, 5, NULL, "missing a valid address in the from", FAULT_AS_CODED, 0,
		"there is no good address in From; mend the program that wrote it, or "
		"set from" },
	{ NULL, 5, NULL, "not rfc 5322 compliant", FAULT_AS_CODED, 0, BAD_HEADER },
	{ NULL, 5, NULL, "header*are not accepted", FAULT_AS_CODED, 0, BAD_HEADER },
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
	{ "microsoft365*", 5, "5.1.90", NULL, FAULT_QUOTA, HOUR, NULL },
	{ NULL, 5, "5.7.233", NULL, FAULT_QUOTA, HOUR, NULL },
	{ NULL, 5, "5.2.2", "quotaexceeded", FAULT_LOGIN, HOUR,
		"the sending mailbox is full: empty its Sent Items" },
	{ NULL, 0, NULL, "sendasdenied", FAULT_SENDER, 0, SEND_AS },
	{ NULL, 0, NULL, "does not have permissions to send as", FAULT_SENDER, 0,
		SEND_AS },
	{ "microsoft365*", 5, "5.2.25[1-5]", NULL, FAULT_SENDER, 4 * HOUR, SEND_AS },
	{ NULL, 0, NULL, "recipient thread limit exceeded", FAULT_TEMPORARY, 0, NULL },
	{ NULL, 0, NULL, "concurrent connections limit exceeded", FAULT_PACE, MINUTE,
		"set max-connections = 2" },
	{ NULL, 0, NULL, "smtpclientauthentication is disabled", FAULT_LOGIN, 0,
		SMTP_AUTH_OFF },
	{ NULL, 0, NULL, "basic authentication is", FAULT_LOGIN, 0, OAUTH_ONLY },
	{ NULL, 535, "5.7.139", NULL, FAULT_LOGIN, 0,
		"check user and password; sign-in rules of the organisation may forbid "
		"it too" },
	{ "microsoft365*", 535, "5.7.3", NULL, FAULT_LOGIN, 0,
		"check user and password; a token needs the permission to send by SMTP" },
	{ NULL, 535, NULL, "invalid api permissions", FAULT_LOGIN, 0,
		"give the application the permission to send by SMTP" },
	{ NULL, 5, NULL, "traffic not accepted from this ip", FAULT_LOGIN, HOUR,
		"the provider takes nothing from this machine's address; ask there" },
	{ "microsoft365*", 5, "5.7.750", NULL, FAULT_SENDER, 0,
		"the sender's domain is not registered in the tenant; register it, or "
		"set from" },
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
	{ NULL, 454, NULL, "temporary authentication failure", FAULT_TEMPORARY, MINUTE,
		NULL },
	{ "ses", 0, NULL, "authentication credentials invalid", FAULT_LOGIN, 0,
		"check user and region; the user is the access key id, and temporary "
		"credentials do not do" },
	{ NULL, 0, NULL, "not subscribed to ses", FAULT_LOGIN, 0,
		"sign up for SES in this region" },
	{ NULL, 554, NULL, "address is not verified", FAULT_SENDER, 0,
		"verify the address in this region; in the SES sandbox recipients have "
		"to be verified too" },
	{ NULL, 554, NULL, "not authorized to perform", FAULT_SENDER, 0,
		"the credentials' IAM policy does not allow this sender" },
	{ NULL, 554, NULL, "configuration set does not exist", FAULT_SENDER, 0,
		"the configuration set that the message names is not there in this "
		"region" },
	{ NULL, 554, NULL, "account is paused", FAULT_LOGIN, HOUR,
		"SES has paused the account; see its console" },
	/* SendGrid */
	{ NULL, 0, NULL, "maximum credits exceeded", FAULT_QUOTA, HOUR,
		"the plan's credits are used up; buy some or wait" },
	{ NULL, 0, NULL, "does not match a verified sender", FAULT_SENDER, 0, VERIFY },
	{ NULL, 0, NULL, "unauthenticated senders not allowed", FAULT_LOGIN, 0,
		"log in: the user is the word apikey, the password an API key" },
	{ "sendgrid*", 535, NULL, NULL, FAULT_LOGIN, 0,
		"the user is the word apikey, the password an API key with the "
		"permission Mail Send" },
	/* Mailgun, Postmark, Brevo, Resend, SparkPost, Mailtrap, SMTP2GO, MailerSend */
	{ NULL, 0, NULL, "free accounts are for test purposes", FAULT_SENDER, 0,
		"authorise the recipient, or leave the free plan" },
	{ NULL, 0, NULL, "not allowed to send*limit exceeded", FAULT_QUOTA, HOUR, NULL },
	{ "mailgun*", 5, NULL, "cannot parse", FAULT_FINAL, 0,
		"an address is not well-formed; mend the program that wrote it" },
	{ "mailgun", 535, NULL, NULL, FAULT_LOGIN, 0,
		"check user and password; domains in the EU have provider = "
		"\"mailgun-eu\"" },
	{ "mailgun-eu", 535, NULL, NULL, FAULT_LOGIN, 0,
		"check user and password; domains in the US have provider = "
		"\"mailgun\"" },
	{ "postmark*", 0, NULL, "inactive recipient", FAULT_FINAL, 0, SUPPRESSED },
	{ "postmark*", 0, NULL, "account is pending", FAULT_LOGIN, HOUR,
		"the provider has yet to approve the account" },
	{ "postmark*", 0, NULL, "account may not send", FAULT_LOGIN, HOUR,
		"the provider has stopped the account; see its page" },
	{ NULL, 0, NULL, "only send testing emails to your own", FAULT_SENDER, 0,
		VERIFY },
	{ "sparkpost*", 550, NULL, "relaying denied", FAULT_LOGIN, 0,
		"the server wants a login first; set password" },
	{ NULL, 554, NULL, "address was suppressed", FAULT_AS_CODED, 0, SUPPRESSED },
	{ NULL, 0, NULL, "sender signature", FAULT_SENDER, 0, VERIFY },
	{ NULL, 0, NULL, "unauthorized ip address", FAULT_LOGIN, 0,
		"authorise this machine's address in the provider's panel; the key is "
		"not the matter" },
	{ NULL, 0, NULL, "smtp account is not yet activated", FAULT_LOGIN, HOUR,
		"have the provider activate SMTP for the account" },
	{ NULL, 0, NULL, "unconfigured sending domain", FAULT_SENDER, 0, VERIFY },
	{ NULL, 0, NULL, "domain*not verified", FAULT_SENDER, 0, VERIFY },
	{ NULL, 0, NULL, "domain must be verified", FAULT_SENDER, 0, VERIFY },
	{ NULL, 0, NULL, "trial accounts can only send", FAULT_SENDER, 0,
		"a trial account sends to its administrator alone; have it approved" },
	{ NULL, 0, NULL, "sending from domain*is not allowed", FAULT_SENDER, 0, VERIFY },
	{ NULL, 0, NULL, "header does not match the sender", FAULT_SENDER, 0, SEND_AS },
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
	{ "zeptomail", 535, NULL, NULL, FAULT_LOGIN, 0,
		"check token and region, and that the account has credits left: it says "
		"the same" },
	{ "zeptomail", 0, NULL, "subject is mandatory", FAULT_FINAL, 0,
		"the provider wants a Subject; mend the program that wrote the message" },
	{ NULL, 5, NULL, "due to policy restrictions", FAULT_AS_CODED, 0, SPAM },
	{ NULL, 535, NULL, "does not have access rights to this service", FAULT_LOGIN, 0,
		"switch access by mail programs on in the mailbox's settings, and make "
		"an app password" },
	{ NULL, 530, NULL, "without ssl/tls", FAULT_LOGIN, 0, TLS_FIRST },
	{ NULL, 530, NULL, "starttls", FAULT_LOGIN, 0, TLS_FIRST },
	{ NULL, 5, NULL, "suspicion of spam", FAULT_AS_CODED, 0, SPAM },
	{ NULL, 535, NULL, "parol prilozheniya", FAULT_LOGIN, 0, APP_PASSWORD },
	{ NULL, 5, NULL, "not local sender over smtp", FAULT_SENDER, 0, SEND_AS },
	{ NULL, 4, NULL, "ratelimit exceeded", FAULT_PACE, HOUR, NULL },
	{ NULL, 526, NULL, "failure[1]", FAULT_LOGIN, HOUR,
		"too many logins failed; the password may be right" },
	{ NULL, 0, NULL, "number of rcpt attempts", FAULT_SPLIT, 0, NULL },
	{ NULL, 0, NULL, "total of rcpts*maximum", FAULT_SPLIT, 0, NULL },
	{ NULL, 5, NULL, "length of data content", FAULT_AS_CODED, 0, TOO_LARGE },
	{ NULL, 4, NULL, "reject by behaviour spam", FAULT_PACE, HOUR, SPAM },
	{ NULL, 5, NULL, "reject by behaviour spam", FAULT_SENDER, HOUR, SPAM },
	{ NULL, 440, NULL, "authentication", FAULT_SENDER, 0, SEND_AS },
	{ NULL, 421, NULL, "ib007", FAULT_PACE, MINUTE, FEWER_CONNECTIONS },
	{ NULL, 5, NULL, "ib501", FAULT_SENDER, 0, SEND_AS },
	{ NULL, 5, NULL, "ib506", FAULT_SENDER, 0, SEND_AS },
	{ NULL, 5, NULL, "number of messages per*ib510", FAULT_PACE, 1, NULL },
	{ NULL, 5, NULL, "ib504", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 5, NULL, "ib607", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 5, NULL, "ib110", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 5, NULL, "ib112", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 5, NULL, "ib111", FAULT_QUOTA, 4 * HOUR, NULL },
	{ NULL, 5, NULL, "ib113", FAULT_QUOTA, 4 * HOUR, NULL },
	/* accepted, it says, and drops it */
	{ NULL, 254, NULL, "suppression for", FAULT_FINAL, 0, SUPPRESSED },
	{ NULL, 0, NULL, "envelope from address*not authorized", FAULT_SENDER, 0,
		VERIFY },
	{ NULL, 421, NULL, "too many auth failures", FAULT_LOGIN, HOUR / 2,
		"check user and password, and that the sender is approved" },
	{ NULL, 0, NULL, "policy rejection*quota exceeded", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "too many recipients*received this hour", FAULT_PACE, HOUR,
		NULL },
	/* whoever says so; a full mailbox is the recipient's */
	{ NULL, 0, "?.2.2", NULL, FAULT_AS_CODED, 0, "the recipient's mailbox is full" },
	{ NULL, 0, NULL, "recipient*exceeded their limit", FAULT_TEMPORARY, HOUR, NULL },
	{ NULL, 0, NULL, "sending limit*exceed", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "credits*exceed", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "monthly*exceed", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "daily*exceed", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "daily*reached", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "per day*exceed", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "per day*reached", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "hourly*exceed", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "per hour*exceed", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "per hour*reached", FAULT_QUOTA, HOUR, NULL },
	{ NULL, 0, NULL, "per second", FAULT_PACE, 1, NULL },
	{ NULL, 0, NULL, "per minute", FAULT_PACE, MINUTE, NULL },
	{ NULL, 0, NULL, "message rate", FAULT_PACE, MINUTE, NULL },
	{ NULL, 0, NULL, "throttl", FAULT_PACE, 0, NULL },
	{ NULL, 0, NULL, "sending rate", FAULT_PACE, 0, NULL },
	{ NULL, 0, NULL, "rate limit", FAULT_PACE, 0, NULL },
	{ NULL, 0, NULL, "too fast", FAULT_PACE, 0, NULL },
	/* that one is used up: there are others */
	{ NULL, 421, NULL, "messages*connection", FAULT_AS_CODED, 0, NULL },
	{ NULL, 421, NULL, "messages*session", FAULT_AS_CODED, 0, NULL },
	{ NULL, 0, NULL, "too many messages", FAULT_PACE, 0, NULL },
	{ NULL, 4, NULL, "too many concurrent", FAULT_PACE, MINUTE / 2, NULL },
	{ NULL, 0, NULL, "too many connections", FAULT_PACE, MINUTE, FEWER_CONNECTIONS },
	{ NULL, 4, "4.5.3", NULL, FAULT_SPLIT, 0, NULL },
	{ NULL, 5, "5.5.3", NULL, FAULT_SPLIT, 0, NULL },
	{ NULL, 0, NULL, "too many recipients", FAULT_SPLIT, 0, NULL },
	{ NULL, 5, NULL, "sender*not verified", FAULT_SENDER, 0, VERIFY },
	{ NULL, 5, NULL, "not owned by", FAULT_SENDER, 0, SEND_AS },
	{ NULL, 5, NULL, "allowed to send as", FAULT_SENDER, 0, SEND_AS },
	{ NULL, 5, NULL, "authorized to send as", FAULT_SENDER, 0, SEND_AS },
	{ NULL, 5, NULL, "permitted to send from", FAULT_SENDER, 0, SEND_AS },
	{ NULL, 0, NULL, "authorized to send from", FAULT_SENDER, 0, VERIFY },
	/* mostly ours to mend, so the message waits; but it may be about this recipient alone */
	{ NULL, 5, NULL, "relay access denied", FAULT_TEMPORARY, HOUR / 4, RELAY },
	{ NULL, 5, NULL, "relaying denied", FAULT_TEMPORARY, HOUR / 4, RELAY },
	{ NULL, 5, NULL, "relay denied", FAULT_TEMPORARY, HOUR / 4, RELAY },
	{ NULL, 5, NULL, "relay not permitted", FAULT_TEMPORARY, HOUR / 4, RELAY },
	{ NULL, 5, NULL, "unable to relay", FAULT_TEMPORARY, HOUR / 4, RELAY },
	{ NULL, 5, "5.3.4", NULL, FAULT_AS_CODED, 0, TOO_LARGE },
	{ NULL, 5, "5.2.3", NULL, FAULT_AS_CODED, 0, TOO_LARGE },
	{ NULL, 5, NULL, "message is too long", FAULT_AS_CODED, 0, TOO_LARGE },
	{ NULL, 5, NULL, "message too big", FAULT_AS_CODED, 0, TOO_LARGE },
	{ NULL, 5, NULL, "size exceed", FAULT_AS_CODED, 0, TOO_LARGE },
	{ NULL, 552, "", "size", FAULT_AS_CODED, 0, TOO_LARGE },
	{ NULL, 5, "5.1.1", NULL, FAULT_AS_CODED, 0, NO_MAILBOX },
	{ NULL, 550, NULL, "user unknown", FAULT_AS_CODED, 0, NO_MAILBOX },
	{ NULL, 550, NULL, "no such user", FAULT_AS_CODED, 0, NO_MAILBOX },
	{ NULL, 550, NULL, "unknown user", FAULT_AS_CODED, 0, NO_MAILBOX },
};

/* True if the N octets of PART stand somewhere in TEXT. */
static bool has_part(const char *text, const char *part, size_t n)
{
	for (; *text; text++) {
		if (strncasecmp(text, part, n) == 0)
			return true;
	}
	return false;
}

static bool text_matches(const char *text, const char *parts)
{
	while (*parts) {
		size_t n = strcspn(parts, "*");

		if (!has_part(text, parts, n))
			return false;
		parts += n + (parts[n] == '*');
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

		if ((!f->provider || fnmatch(f->provider, provider, 0) == 0) &&
			code_matches(f->code, reply->code) &&
			(!f->enhanced || fnmatch(f->enhanced, reply->enhanced, 0) == 0) &&
			(!f->text || text_matches(text, f->text)))
			return f;
	}
	return NULL;
}
