/* SPDX-License-Identifier: ISC */
/*
 * Only what is known for sure, and of the limits only those that protect the connection: what a
 * plan allows changes too often. A row is added in the order of the names; nothing else is to be
 * done for a new provider, but the list in mailchute.conf(5).
 */
#include "conf/provider.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/sasl.h"
#include "base/text.h"
#include "conf/value.h"

#define BIT(mechanism) (1u << (mechanism))

#define NAME_MAX_OCTETS 32

#define ADDRESS	     "the full address of the account"
#define OWN_ADDRESS  "the account's own address or an alias of it"
#define VERIFIED     "an address or a domain that is verified there"
#define OF_ACCOUNT   "an address of the account"
#define APP_PASSWORD "an app password, not the account's own"
#define TWO_STEP                                                                         \
	"the account's password, or an app password where there is 2-step verification"

/* A mailbox with its own password, and one with a password for each program. */
#define MAILBOX                                                                          \
	.user_advice = ADDRESS, .secret_advice = "the mailbox's password",               \
	.sender_advice = OF_ACCOUNT
#define APP_MAILBOX                                                                      \
	.user_advice = ADDRESS, .secret_advice = APP_PASSWORD,                           \
	.sender_advice = OWN_ADDRESS

#define MAILGUN                                                                          \
	.ports = { 587, 2525, 465 }, .size_mb = 25,                                      \
	.user_advice = "an SMTP login of the domain, such as postmaster@mg.example.com", \
	.sender_advice = "an address of the domain that the login belongs to"
#define SPARKPOST                                                                        \
	.ports = { 587, 2525 }, .max_messages = 100, .connections = 10, .size_mb = 20,   \
	.user = "SMTP_Injection",                                                        \
	.user_advice = "the word SMTP_Injection, for everybody",                         \
	.secret_advice = "an API key of that region with the permission Send via SMTP",  \
	.sender_advice = "an address of a verified sending domain",                      \
	.note = "a sender that is not verified may be noticed after the mail was taken"
#define POSTMARK                                                                         \
	.ports = { 587, 2525 }, .max_recipients = 50, .connections = 10, .size_mb = 10,  \
	.user = PROVIDER_USER_IS_SECRET, .user_free = true,                              \
	.user_advice = "left out with a server API token, which is user and password; "  \
		       "else the access key of an SMTP token",                           \
	.secret_advice = "a server API token, or the secret key of the SMTP token",      \
	.sender_advice =                                                                 \
		"a confirmed sender signature or an address of a verified domain",       \
	.url = "https://postmarkapp.com/support/article/811"
#define MAILTRAP                                                                         \
	.ports = { 587, 2525, 465 }, .max_messages = 100, .connections = 10,             \
	.size_mb = 10, .user = "api", .user_advice = "the word api, for everybody",      \
	.secret_advice = "an API token",                                                 \
	.sender_advice = "an address of a verified domain"
#define ALIBABA                                                                          \
	.ports = { 465 }, .user_advice = "the sender address",                           \
	.secret_advice = "the SMTP password of that sender address",                     \
	.sender_advice = "the same address as user"
#define TENCENT ALIBABA
#define YAHOO                                                                            \
	.ports = { 465, 587 }, .max_messages = 20, .max_recipients = 100, .size_mb = 39, \
	APP_MAILBOX, .note = "500 recipients a day"
#define SENDGRID                                                                         \
	.ports = { 587, 2525, 465 }, .max_messages = 1000, .size_mb = 30,                \
	.user = "apikey", .user_advice = "the word apikey, for everybody",               \
	.secret_not = "[!S]*",                                                           \
	.secret_advice = "an API key (SG....) with the permission Mail Send",            \
	.sender_advice = "a verified Sender Identity"
#define ZOHO                                                                             \
	.ports = { 465, 587 }, .size_mb = 51, .user_advice = ADDRESS,                    \
	.sender_advice = OWN_ADDRESS
#define ZOHO_REGION                                                                      \
	ZOHO, .region = "com",                                                           \
	      .secret_advice = TWO_STEP "; region has to be right, too",                 \
	      .note = "region is how the host's name ends where the account was made: "  \
		      "com, eu, in, jp or com.au"
#define UNITED                                                                           \
	.ports = { 587, 465 }, .sender_advice = OWN_ADDRESS,                             \
	.secret_advice = TWO_STEP "; access by POP3, IMAP and SMTP has to be on in the " \
				  "settings"
#define NETEASE                                                                          \
	.ports = { 465 }, .user_advice = ADDRESS,                                        \
	.secret_advice = "a password for mail programs, made in the settings",           \
	.sender_advice = OWN_ADDRESS

/* a line for each member would make it three times as long */
/* clang-format off */
static const struct provider providers[] = {
	{ .name = "126", .title = "NetEase 126", .host = "smtp.126.com", NETEASE },
	{ .name = "163", .title = "NetEase 163", .host = "smtp.163.com", NETEASE },
	{ .name = "alibaba", .aliases = "aliyun", .title = "Alibaba Cloud DirectMail (China)",
	  .host = "smtpdm.aliyun.com", ALIBABA },
	{ .name = "alibaba-au", .title = "Alibaba Cloud DirectMail (Sydney)",
	  .host = "smtpdm-ap-southeast-2.aliyun.com", ALIBABA },
	{ .name = "alibaba-sg", .title = "Alibaba Cloud DirectMail (Singapore)",
	  .host = "smtpdm-ap-southeast-1.aliyuncs.com", ALIBABA },
	{ .name = "aol", .title = "AOL", .host = "smtp.aol.com", YAHOO },
	{ .name = "azure-acs", .aliases = "azure, acs", .title = "Azure Communication Services",
	  .host = "smtp.azurecomm.net", .ports = { 587, 25 }, .rate = "30/min, 100/h",
	  .user_advice = "RESOURCE|APPLICATION-ID|TENANT-ID, or a configured SMTP username",
	  .secret_advice = "a client secret of the Entra application",
	  .sender_advice = "a configured MailFrom of a linked, verified domain",
	  .note = "the rate is that of new accounts; set another one when it was raised" },
	{ .name = "brevo", .aliases = "sendinblue", .title = "Brevo",
	  .host = "smtp-relay.brevo.com", .ports = { 587, 2525, 465 },
	  .user_advice = "the SMTP login shown under \"SMTP & API\" in the panel",
	  .secret_not = "xkeysib-*",
	  .secret_advice = "an SMTP key (xsmtpsib-...), not an API key (xkeysib-...); this machine's "
		"address must be authorised in the panel", .sender_advice = VERIFIED },
	{ .name = "cloudflare", .title = "Cloudflare Email Service",
	  .host = "smtp.mx.cloudflare.net", .ports = { 465 }, .max_recipients = 50, .size_mb = 5,
	  .user = "api_token", .user_advice = "the word api_token, for everybody",
	  .secret_advice = "an API token with the permission Email Sending: Edit",
	  .sender_advice = "an address of a domain that is set up there for Email Sending",
	  .url = "https://developers.cloudflare.com/email-service/api/send-emails/smtp/" },
	{ .name = "dreamhost", .title = "DreamHost", .host = "smtp.dreamhost.com",
	  .ports = { 465, 587 }, .max_recipients = 100, .size_mb = 40, MAILBOX, .rate = "100 recipients/h",
	  .note = "an account that goes on trying beyond the rate is disabled" },
	{ .name = "elasticemail", .title = "Elastic Email", .host = "smtp.elasticemail.com",
	  .ports = { 465, 2525, 587 }, .user_advice = "the SMTP user, an address",
	  .secret_advice = "its SMTP password, or an API key", .sender_advice = VERIFIED },
	{ .name = "emailit", .title = "Emailit", .host = "smtp.emailit.com",
	  .ports = { 587, 2525, 2587, 465 }, .user = "emailit",
	  .user_advice = "the word emailit, for everybody", .secret_advice = "an API key",
	  .sender_advice = VERIFIED, .url = "https://emailit.com/docs/smtp/settings/" },
	{ .name = "fastmail", .title = "Fastmail", .host = "smtp.fastmail.com", .ports = { 465 },
	  APP_MAILBOX },
	{ .name = "forwardemail", .title = "Forward Email", .host = "smtp.forwardemail.net",
	  .ports = { 465 }, .user_advice = "the full address of an alias",
	  .secret_advice = "the password made for that alias", .sender_advice = "that alias" },
	{ .name = "gandi", .title = "Gandi", .host = "mail.gandi.net", .ports = { 465, 587 },
	  MAILBOX },
	{ .name = "gmail", .aliases = "googlemail, google, workspace",
	  .title = "Gmail and Google Workspace", .host = "smtp.gmail.com", .oauth = "google",
	  .ports = { 465, 587 }, .max_recipients = 100, .size_mb = 34, .user_advice = ADDRESS,
	  .secret_not = "*[!a-z]*",
	  .secret_advice = "an app password (16 letters; needs 2-step verification), not the "
		"account's own password; or a token (oauth)", .sender_advice = OWN_ADDRESS,
	  .url = "https://myaccount.google.com/apppasswords" },
	{ .name = "gmx", .title = "GMX", .host = "mail.gmx.%s", .region = "net",
	  UNITED, .size_mb = 66, .user_advice = ADDRESS,
	  .note = "region is net or com, as in the host's name" },
	{ .name = "godaddy", .title = "GoDaddy", .host = "smtpout.secureserver.net",
	  .ports = { 465 }, .max_recipients = 100, MAILBOX, .note = "250 recipients a day" },
	{ .name = "google-relay", .aliases = "gmail-relay, smtp-relay",
	  .title = "Google Workspace relay", .host = "smtp-relay.gmail.com", .oauth = "google",
	  .ports = { 587, 465, 25 }, .max_recipients = 100, .size_mb = 34,
	  .user_advice = "a Workspace address", .secret_not = "*[!a-z]*",
	  .secret_advice = "an app password (16 letters; needs 2-step verification), or a token "
		"(oauth)", .sender_advice = "an address of one of the customer's domains",
	  .note = "an administrator has to switch the relay service on; hostname has to be in one of "
		"the customer's domains" },
	{ .name = "hetzner", .title = "Hetzner webhosting", .host = "mail.your-server.de",
	  .ports = { 465, 587 }, MAILBOX },
	{ .name = "icloud", .aliases = "me, apple", .title = "iCloud Mail",
	  .host = "smtp.mail.me.com", .ports = { 587 }, .max_recipients = 100, .size_mb = 27,
	  .user_advice = ADDRESS,
	  .secret_advice = "an app-specific password, not the account's own",
	  .sender_advice = OWN_ADDRESS, .rate = "1000/day, 1000 recipients/day",
	  .url = "https://support.apple.com/102198" },
	{ .name = "infomaniak", .title = "Infomaniak", .host = "mail.infomaniak.com",
	  .ports = { 587, 465 }, .max_recipients = 100, .user_advice = ADDRESS,
	  .secret_advice = "a device password", .sender_advice = OWN_ADDRESS,
	  .url = "https://www.infomaniak.com/en/support/faq/2065" },
	{ .name = "ionos", .aliases = "1und1", .title = "IONOS", .host = "smtp.ionos.%s",
	  .region = "com", .ports = { 587, 465 }, MAILBOX,
	  .note = "region is the end of the host's name where the contract is: com, de, fr, es or "
		"co.uk" },
	{ .name = "mailboxorg", .aliases = "mailbox.org", .title = "mailbox.org",
	  .host = "smtp.mailbox.org", .ports = { 465, 587 }, .user_advice = ADDRESS,
	  .secret_advice = TWO_STEP, .sender_advice = OF_ACCOUNT },
	{ .name = "mailcom", .aliases = "mail.com", .title = "mail.com", .host = "smtp.mail.com",
	  .ports = { 465, 587 }, MAILBOX },
	{ .name = "mailersend", .title = "MailerSend", .host = "smtp.mailersend.net",
	  .ports = { 587 }, .user_advice = "the SMTP user generated in the panel",
	  .secret_advice = "its password",
	  .sender_advice = "an address of any verified domain of the account",
	  .url = "https://www.mailersend.com/help/smtp-relay" },
	{ .name = "mailgun", .aliases = "mailgun-us", .title = "Mailgun (US)",
	  .host = "smtp.mailgun.org",
	  .secret_advice = "that login's SMTP password, not the API key; domains in the EU use "
		"provider = \"mailgun-eu\"", MAILGUN },
	{ .name = "mailgun-eu", .title = "Mailgun (EU)", .host = "smtp.eu.mailgun.org",
	  .secret_advice = "that login's SMTP password, not the API key; domains in the US use "
		"provider = \"mailgun\"", MAILGUN },
	{ .name = "mailjet", .title = "Mailjet", .host = "in-v3.mailjet.com",
	  .ports = { 587, 2525, 588, 465 }, .user_advice = "the API key",
	  .secret_advice = "the secret key of that API key", .sender_advice = VERIFIED },
	{ .name = "mailru", .aliases = "mail.ru", .title = "Mail.ru", .host = "smtp.mail.ru",
	  .ports = { 465, 587 }, .user_advice = ADDRESS,
	  .secret_advice = "a password for external applications, not the account's own",
	  .sender_advice = "the account's own address" },
	{ .name = "mailtrap", .title = "Mailtrap", .host = "live.smtp.mailtrap.io", MAILTRAP },
	{ .name = "mailtrap-bulk", .title = "Mailtrap (bulk stream)",
	  .host = "bulk.smtp.mailtrap.io", MAILTRAP },
	{ .name = "mandrill", .aliases = "mailchimp", .title = "Mandrill (Mailchimp Transactional)",
	  .host = "smtp.mandrillapp.com", .ports = { 587, 2525, 465 }, .user = "mandrill",
	  .user_free = true, .user_advice = "anything, for it is not looked at",
	  .secret_advice = "an active API key",
	  .sender_advice = "an address of a verified domain with DKIM",
	  .note = "mail of other senders is taken and dropped",
	  .url = "https://mailchimp.com/developer/transactional/docs/smtp-integration" },
	{ .name = "microsoft365", .aliases = "office365, o365, m365, exchange",
	  .title = "Microsoft 365", .host = "smtp.office365.com", .oauth = "microsoft",
	  .ports = { 587 }, .max_recipients = 100, .connections = 3, .size_mb = 150,
	  .rate = "30/min, 10000 recipients/day", .mechanisms = BIT(SASL_LOGIN) | BIT(SASL_XOAUTH2),
	  .user_advice = "the user principal name of the mailbox, mostly its address",
	  .secret_advice = "the mailbox's password, or a token (oauth); SMTP AUTH must be on for the "
		"mailbox and not blocked by security defaults",
	  .sender_advice = "the mailbox's address, or one that it has Send As for",
	  .note = "passwords are off by default from the end of December 2026 on" },
	{ .name = "microsoft365-hve", .aliases = "hve", .title = "Microsoft 365 High Volume Email",
	  .host = "smtp.hve.mx.microsoft", .ports = { 587 }, .max_recipients = 50,
	  .mechanisms = BIT(SASL_LOGIN) | BIT(SASL_XOAUTH2),
	  .user_advice = "the address of the HVE account", .secret_advice = "its password",
	  .sender_advice = "the address of the HVE account",
	  .note = "takes mail for recipients within the organisation only" },
	{ .name = "migadu", .title = "Migadu", .host = "smtp.migadu.com", .ports = { 465, 587 },
	  MAILBOX },
	{ .name = "namecheap", .aliases = "privateemail", .title = "Namecheap Private Email",
	  .host = "mail.privateemail.com", .ports = { 465, 587 }, MAILBOX },
	{ .name = "oracle-oci", .aliases = "oracle, oci", .title = "Oracle Cloud Email Delivery",
	  .host = "smtp.email.%s.oci.oraclecloud.com", .region_like = "eu-frankfurt-1",
	  .ports = { 587, 465 },
	  .user_advice = "the SMTP credential's user name (ocid1.user...)",
	  .secret_advice = "the password generated with it; region has to be right, too",
	  .sender_advice = "an approved sender of that region" },
	{ .name = "outlook", .aliases = "hotmail, live, msn", .title = "Outlook.com",
	  .host = "smtp-mail.outlook.com", .oauth = "microsoft", .ports = { 587 },
	  .mechanisms = BIT(SASL_XOAUTH2), .user_advice = ADDRESS,
	  .secret_advice = "a token (oauth), for there are no passwords any more",
	  .sender_advice = OWN_ADDRESS },
	{ .name = "ovh", .aliases = "ovhcloud", .title = "OVHcloud MX Plan", .host = "ssl0.ovh.net",
	  .ports = { 465, 587 }, MAILBOX },
	{ .name = "posteo", .title = "Posteo", .host = "posteo.de", .ports = { 465, 587 },
	  MAILBOX },
	{ .name = "postmark", .title = "Postmark", .host = "smtp.postmarkapp.com",
	  .header = "X-PM-Message-Stream: outbound", POSTMARK },
	{ .name = "postmark-broadcast", .title = "Postmark (broadcasts)",
	  .host = "smtp-broadcasts.postmarkapp.com", .header = "X-PM-Message-Stream: broadcast",
	  POSTMARK },
	{ .name = "proton", .aliases = "protonmail", .title = "Proton Mail",
	  .host = "smtp.protonmail.ch", .ports = { 587 },
	  .user_advice = "the address, of a domain of your own, that the token is for",
	  .secret_advice = "the SMTP token made for that address",
	  .sender_advice = "exactly that address", .note = "only with some plans",
	  .url = "https://proton.me/support/smtp-submission" },
	{ .name = "purelymail", .title = "Purelymail", .host = "smtp.purelymail.com",
	  .ports = { 465 }, .user_advice = ADDRESS, .secret_advice = TWO_STEP,
	  .sender_advice = OF_ACCOUNT },
	{ .name = "qq", .title = "QQ Mail", .host = "smtp.qq.com", NETEASE },
	{ .name = "rackspace", .aliases = "emailsrvr", .title = "Rackspace Email",
	  .host = "secure.emailsrvr.com", .ports = { 465, 587, 2525 }, MAILBOX },
	{ .name = "resend", .title = "Resend", .host = "smtp.resend.com",
	  .ports = { 465, 2465, 587, 2587 }, .user = "resend",
	  .user_advice = "the word resend, for everybody", .secret_advice = "an API key",
	  .sender_advice = "an address of a verified domain",
	  .url = "https://resend.com/docs/send-with-smtp" },
	{ .name = "runbox", .title = "Runbox", .host = "smtp.runbox.com", .ports = { 465 },
	  MAILBOX },
	{ .name = "scaleway-tem", .aliases = "scaleway", .title = "Scaleway Transactional Email",
	  .host = "smtp.tem.scaleway.com", .ports = { 587, 2587, 465, 2465 }, .max_recipients = 10,
	  .size_mb = 50, .user_advice = "the Project ID",
	  .secret_advice = "the secret key of an API key",
	  .sender_advice = "an address of a verified domain" },
	/* 5000 messages are published */
	{ .name = "sendgrid", .aliases = "twilio", .title = "SendGrid", .host = "smtp.sendgrid.net",
	  SENDGRID },
	{ .name = "sendgrid-eu", .title = "SendGrid (EU data residency)",
	  .host = "smtp.eu.sendgrid.net", SENDGRID },
	{ .name = "ses", .aliases = "amazon, amazonses, aws", .title = "Amazon SES",
	  .host = "email-smtp.%s.amazonaws.com", .region_like = "eu-west-1",
	  .ports = { 587, 2587, 465, 2465 }, .max_recipients = 50, .size_mb = 40,
	  .user_advice = "the access key id of the SMTP credentials (AKIA...)",
	  .secret_advice = "the SMTP password of this region (44 characters, starts with B), or the "
		"IAM secret access key (40 characters) that it is made from",
	  .sender_advice = "an identity that is verified in this region",
	  .note = "in the sandbox recipients have to be verified too",
	  .url = "https://docs.aws.amazon.com/ses/latest/dg/" },
	{ .name = "smtp2go", .title = "SMTP2GO", .host = "mail.smtp2go.com",
	  .ports = { 2525, 587, 465, 443 },
	  .user_advice = "an SMTP user from the panel, not the panel's login",
	  .secret_advice = "that SMTP user's password", .sender_advice = VERIFIED },
	{ .name = "smtpcom", .aliases = "smtp.com", .title = "SMTP.com", .host = "send.smtp.com",
	  .ports = { 587, 2525, 465 }, .user_advice = "the sender name from the panel",
	  .secret_advice = "its API key or SMTP password", .sender_advice = VERIFIED },
	{ .name = "socketlabs", .title = "SocketLabs", .host = "smtp.socketlabs.com",
	  .ports = { 587, 2525, 465 },
	  .max_messages = 50, .max_recipients = 100, .connections = 20, .size_mb = 40,
	  .user_advice = "the SMTP user of the server, from the panel",
	  .secret_advice = "its password", .sender_advice = "an address of a verified domain" },
	{ .name = "sparkpost", .title = "SparkPost (US)", .host = "smtp.sparkpostmail.com",
	  SPARKPOST },
	{ .name = "sparkpost-eu", .title = "SparkPost (EU)", .host = "smtp.eu.sparkpostmail.com",
	  SPARKPOST },
	{ .name = "tencent", .aliases = "tencent-ses", .title = "Tencent Cloud SES (Hong Kong)",
	  .host = "smtp.qcloudmail.com", TENCENT },
	{ .name = "tencent-gz", .title = "Tencent Cloud SES (Guangzhou)",
	  .host = "gz-smtp.qcloudmail.com", TENCENT },
	{ .name = "tencent-sg", .title = "Tencent Cloud SES (Singapore)",
	  .host = "sg-smtp.qcloudmail.com", TENCENT },
	{ .name = "webde", .aliases = "web.de", .title = "WEB.DE", .host = "smtp.web.de",
	  UNITED, .user_advice = "the part of the address before the @" },
	{ .name = "yahoo", .title = "Yahoo Mail", .host = "smtp.mail.yahoo.com", YAHOO },
	{ .name = "yandex", .title = "Yandex Mail", .host = "smtp.yandex.%s", .region = "com",
	  .ports = { 465, 587 }, APP_MAILBOX,
	  .note = "region is com or ru, as in the host's name" },
	{ .name = "zeptomail", .title = "Zoho ZeptoMail", .host = "smtp.zeptomail.%s",
	  .region = "com", .ports = { 587, 465 }, .user = "emailapikey", .user_free = true,
	  .user_advice = "left out; or the user name shown with the token, if it is another one",
	  .secret_advice = "a send-mail token", .sender_advice = "an address of a verified domain",
	  .note = "region is the end of the host's name where the account was made: com, eu or in" },
	{ .name = "zoho", .title = "Zoho Mail", .host = "smtp.zoho.%s", ZOHO_REGION },
	{ .name = "zoho-ca", .title = "Zoho Mail (Canada)", .host = "smtp.zohocloud.ca", ZOHO,
	  .secret_advice = TWO_STEP },
	{ .name = "zoho-pro", .title = "Zoho Mail for paying organisations",
	  .host = "smtppro.zoho.%s", ZOHO_REGION },
};
/* clang-format on */

#define PROVIDER_COUNT (sizeof(providers) / sizeof(providers[0]))

/* Tells of each of its names whether it SUITS. */
static bool any_name(const struct provider *p, const char *name,
	bool (*suits)(const char *of_preset, const char *name))
{
	const char *at = p->aliases ? p->aliases : "", *alias;
	bool found = suits(p->name, name);
	char copy[NAME_MAX_OCTETS];
	size_t n;

	while (!found && (alias = text_list_next(&at, &n))) {
		snprintf(copy, sizeof(copy), "%.*s", (int)n, alias);
		found = suits(copy, name);
	}
	return found;
}

static bool is_same(const char *of_preset, const char *name)
{
	return strcmp(of_preset, name) == 0;
}

/* A slip or two, or only the beginning of one of the two. */
static bool is_near(const char *of_preset, const char *name)
{
	size_t n = strlen(name), m = strlen(of_preset), shorter = n < m ? n : m;

	return (shorter > 3 && value_distance(of_preset, name) < 3) ||
	       (shorter > 2 && strncasecmp(of_preset, name, shorter) == 0);
}

const struct provider *provider_find(const char *name)
{
	for (size_t i = 0; i < PROVIDER_COUNT; i++) {
		if (any_name(&providers[i], name, is_same))
			return &providers[i];
	}
	return NULL;
}

void provider_suggest(const char *name, struct buf *out)
{
	const char *before = "; did you mean";

	for (size_t i = 0; i < PROVIDER_COUNT; i++) {
		const struct provider *p = &providers[i];

		if (strcasecmp(p->host, name) == 0 || any_name(p, name, is_near)) {
			buf_addf(out, "%s %s", before, p->name);
			before = " or";
		}
	}
	buf_addf(out, "%s `mailchute providers` lists them all",
		*before == ';' ? ";" : "?");
}

const struct provider *provider_list(size_t *count)
{
	*count = PROVIDER_COUNT;
	return providers;
}

bool provider_wants_token(const struct provider *p)
{
	return p->mechanisms &&
	       !(p->mechanisms & ~(BIT(SASL_OAUTHBEARER) | BIT(SASL_XOAUTH2)));
}

size_t provider_port_count(const struct provider *p)
{
	size_t n = 0;

	while (n < PROVIDER_PORTS_MAX && p->ports[n])
		n++;
	return n;
}
