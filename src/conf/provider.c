/* SPDX-License-Identifier: ISC */
/*
 * Limits here protect the connection: how many at once, how many messages over one, how many
 * recipients a transaction. Where a provider publishes none, the careful common values stand.
 * A row is added in the order of the names; nothing else is to be done for a new provider.
 */
#include "conf/provider.h"

#include <string.h>

#include "conf/conf.h"

static const struct provider providers[] = {
	{
		.name = "brevo",
		.title = "Brevo",
		.host = "smtp-relay.brevo.com",
		.port = 587,
		.tls = CONF_TLS_STARTTLS,
		.max_connections = 2,
		.max_messages = 50,
		.max_recipients = 50,
		.user_advice = "the SMTP login shown under \"SMTP & API\" in the panel",
		.secret_advice =
			"an SMTP key (xsmtpsib-...), not an API key (xkeysib-...); the "
			"server's address must be authorised in the panel",
	},
	{
		.name = "gmail",
		.title = "Gmail and Google Workspace",
		.host = "smtp.gmail.com",
		.port = 465,
		.tls = CONF_TLS_IMPLICIT,
		.max_connections = 2,
		.max_messages = 50,
		.max_recipients = 100,
		.user_advice = "the full address of the account",
		.secret_advice =
			"an app password (16 letters; needs 2-step "
			"verification), not the account's own password; or a token "
			"(token-command)",
	},
	{
		.name = "mailgun",
		.title = "Mailgun (US)",
		.host = "smtp.mailgun.org",
		.port = 587,
		.tls = CONF_TLS_STARTTLS,
		.max_connections = 2,
		.max_messages = 50,
		.max_recipients = 50,
		.user_advice =
			"an SMTP login of the domain, such as postmaster@mg.example.com",
		.secret_advice = "that login's SMTP password, not the API key; domains "
				 "in the EU use provider = \"mailgun-eu\"",
	},
	{
		.name = "mailgun-eu",
		.title = "Mailgun (EU)",
		.host = "smtp.eu.mailgun.org",
		.port = 587,
		.tls = CONF_TLS_STARTTLS,
		.max_connections = 2,
		.max_messages = 50,
		.max_recipients = 50,
		.user_advice =
			"an SMTP login of the domain, such as postmaster@mg.example.com",
		.secret_advice = "that login's SMTP password, not the API key; domains "
				 "in the US use provider = \"mailgun\"",
	},
	{
		.name = "microsoft365",
		.title = "Microsoft 365",
		.host = "smtp.office365.com",
		.port = 587,
		.tls = CONF_TLS_STARTTLS,
		.max_connections = 2, /* 3 at once are the limit of a mailbox */
		.max_messages = 50,
		.max_recipients = 100,
		.user_advice =
			"the user principal name of the mailbox, mostly its address",
		.secret_advice =
			"the mailbox's password, or a token (token-command); SMTP "
			"AUTH must be on for the mailbox and not blocked by security "
			"defaults",
	},
	{
		.name = "postmark",
		.title = "Postmark",
		.host = "smtp.postmarkapp.com",
		.port = 587,
		.tls = CONF_TLS_STARTTLS,
		.max_connections = 2,
		.max_messages = 50,
		.max_recipients = 50,
		.user_advice = "the server API token, or the access key of an SMTP token",
		.secret_advice =
			"the server API token once more, or the SMTP token's secret key",
	},
	{
		.name = "sendgrid",
		.title = "SendGrid",
		.host = "smtp.sendgrid.net",
		.port = 587,
		.tls = CONF_TLS_STARTTLS,
		.max_connections = 2,
		.max_messages = 1000, /* 5,000 are published */
		.max_recipients = 50,
		.user = "apikey",
		.user_advice = "the word apikey, for everybody",
		.secret_advice = "an API key (SG....) with the permission Mail Send",
	},
	{
		.name = "ses",
		.title = "Amazon SES",
		.host = "email-smtp.%s.amazonaws.com",
		.port = 587,
		.tls = CONF_TLS_STARTTLS,
		.max_connections = 2,
		.max_messages = 50, /* its servers come and go */
		.max_recipients = 50,
		.user_advice = "the access key id of the SMTP credentials (AKIA...)",
		.secret_advice = "the SMTP password of this region (44 characters, "
				 "starts with B), or the IAM secret access key (40 "
				 "characters) that it is made from",
	},
};

#define PROVIDER_COUNT (sizeof(providers) / sizeof(providers[0]))

const struct provider *provider_find(const char *name)
{
	for (size_t i = 0; i < PROVIDER_COUNT; i++) {
		if (strcmp(providers[i].name, name) == 0)
			return &providers[i];
	}
	return NULL;
}

const struct provider *provider_list(size_t *count)
{
	*count = PROVIDER_COUNT;
	return providers;
}
