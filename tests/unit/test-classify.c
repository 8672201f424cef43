/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "wire/classify.h"

#define DELIVERED   VERDICT_DELIVERED
#define DEFERRED    VERDICT_DEFERRED
#define FAILED	    VERDICT_FAILED
#define UNATTEMPTED VERDICT_UNATTEMPTED

static const struct classify_account account = { "me", "", false, NULL };

static void test_verdict_and_blame(void **state)
{
	static const struct {
		enum stage stage;
		int code;
		enum verdict verdict;
		enum blame blame;
	} cases[] = {
		{ STAGE_GREETING, 554, UNATTEMPTED, BLAME_LINK },
		{ STAGE_GREETING, 421, UNATTEMPTED, BLAME_LINK },
		{ STAGE_GREETING, 250, UNATTEMPTED, BLAME_LINK },
		{ STAGE_EHLO, 550, UNATTEMPTED, BLAME_LINK },
		{ STAGE_STARTTLS, 454, UNATTEMPTED, BLAME_LINK },
		{ STAGE_AUTH, 535, UNATTEMPTED, BLAME_ACCOUNT },
		{ STAGE_AUTH, 534, UNATTEMPTED, BLAME_ACCOUNT },
		{ STAGE_AUTH, 454, UNATTEMPTED, BLAME_ACCOUNT },
		{ STAGE_AUTH, 503, UNATTEMPTED, BLAME_ACCOUNT },
		{ STAGE_AUTH, 421, UNATTEMPTED, BLAME_LINK },
		{ STAGE_AUTH, 250, UNATTEMPTED, BLAME_LINK },
		{ STAGE_RSET, 500, UNATTEMPTED, BLAME_LINK },
		{ STAGE_MAIL, 451, DEFERRED, BLAME_SENDER },
		{ STAGE_MAIL, 553, DEFERRED, BLAME_SENDER },
		{ STAGE_MAIL, 501, FAILED, BLAME_SENDER },
		{ STAGE_MAIL, 552, FAILED, BLAME_MESSAGE },
		{ STAGE_MAIL, 530, UNATTEMPTED, BLAME_ACCOUNT },
		{ STAGE_MAIL, 421, UNATTEMPTED, BLAME_LINK },
		{ STAGE_MAIL, 503, DEFERRED, BLAME_LINK },
		{ STAGE_RCPT, 450, DEFERRED, BLAME_RECIPIENT },
		{ STAGE_RCPT, 550, FAILED, BLAME_RECIPIENT },
		{ STAGE_RCPT, 421, DEFERRED, BLAME_LINK },
		{ STAGE_RCPT, 354, DEFERRED, BLAME_LINK },
		{ STAGE_DATA, 451, DEFERRED, BLAME_MESSAGE },
		{ STAGE_DATA, 554, FAILED, BLAME_MESSAGE },
		{ STAGE_DATA, 250, DEFERRED, BLAME_LINK },
		{ STAGE_FINAL, 250, DELIVERED, BLAME_NOBODY },
		{ STAGE_FINAL, 251, DEFERRED, BLAME_LINK },
		{ STAGE_FINAL, 354, DEFERRED, BLAME_LINK },
		{ STAGE_FINAL, 452, DEFERRED, BLAME_MESSAGE },
		{ STAGE_FINAL, 552, FAILED, BLAME_MESSAGE },
		{ STAGE_FINAL, 502, DEFERRED, BLAME_LINK },
		{ STAGE_FINAL, 421, DEFERRED, BLAME_LINK },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct reply reply = { .code = cases[i].code };
		struct outcome o = classify_reply(cases[i].stage, &reply, &account);

		if (o.verdict != cases[i].verdict || o.blame != cases[i].blame)
			fail_msg("%d at %s: %s %s", cases[i].code,
				stage_name(cases[i].stage), verdict_name(o.verdict),
				blame_name(o.blame));
		assert_int_equal(o.code, cases[i].code);
	}
}

static void test_every_code_at_every_stage(void **state)
{
	(void)state;
	for (int stage = STAGE_GREETING; stage <= STAGE_FINAL; stage++) {
		for (int code = 200; code < 600; code++) {
			struct reply reply = { .code = code };
			enum stage s = (enum stage)stage;
			struct outcome o = classify_reply(s, &reply, &account);

			/* delivered is one code at one stage, failed is a 5xx to our message */
			assert_int_equal(
				o.verdict == DELIVERED, s == STAGE_FINAL && code == 250);
			if (o.verdict == FAILED)
				assert_true(code >= 500 && s >= STAGE_MAIL);
			if (!classify_success(s, code))
				assert_int_not_equal(o.blame, BLAME_NOBODY);
		}
	}
}

static void test_words(void **state)
{
	struct reply reply = {
		.code = 550, .enhanced = "5.1.1", .text = "no\nsuch user", .len = 12
	};
	struct outcome o = classify_reply(STAGE_RCPT, &reply, &account);

	(void)state;
	assert_string_equal(o.text,
		"there is no such mailbox; check the address (it said: 550 "
		"5.1.1 no such user)");
	assert_string_equal(o.enhanced, "5.1.1");
	reply.code = 450;
	o = classify_reply(STAGE_RCPT, &reply, &account);
	assert_string_equal(o.text, "no such user");
	reply.code = 535;
	o = classify_reply(STAGE_AUTH, &reply, &account);
	assert_string_equal(o.text, "user me refused: check the user name and the stored "
				    "password (it said: 535 5.1.1 no such user)");
	reply.code = 421;
	o = classify_reply(STAGE_MAIL, &reply, &account);
	assert_string_equal(o.text, "MAIL: the server closes the connection (it said: "
				    "421 5.1.1 no such user)");
}

static void test_what_was_said(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "no (it said: 550 5.1.1 who? (x))", "550 5.1.1 who? (x)" },
		{ "no (it said: )", "" },
		{ "550 no", NULL },
		{ "no (it said: 550", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n = 0;
		const char *said = outcome_said(cases[i].text, &n);

		assert_int_equal(!said, !cases[i].said);
		if (said) {
			assert_int_equal(n, strlen(cases[i].said));
			assert_memory_equal(said, cases[i].said, n);
		}
	}
}

/* The preset knows what the password should be; a row knows better. */
static void test_hints_of_a_login(void **state)
{
	struct reply reply = { .code = 535, .text = "no", .len = 2 };
	const struct classify_account brevo = { "me", "brevo", false, "an SMTP key" };
	const struct classify_account token = { "me", "gmail", true, "an app password" };
	const struct classify_account mailgun = { "me", "mailgun", false, "a password" };
	struct outcome o = classify_reply(STAGE_AUTH, &reply, &brevo);

	(void)state;
	assert_string_equal(o.text,
		"user me refused: check the user name, and that the password "
		"is an SMTP key (it said: 535 no)");
	o = classify_reply(STAGE_AUTH, &reply, &token);
	assert_non_null(strstr(o.text, "that the token (token-command"));
	o = classify_reply(STAGE_AUTH, &reply, &mailgun);
	assert_non_null(strstr(o.text, "mailgun-eu"));
	strcpy(reply.text, "SmtpClientAuthentication is disabled for the Tenant");
	reply.len = strlen(reply.text);
	o = classify_reply(STAGE_AUTH, &reply, &token);
	assert_non_null(strstr(o.text, "SMTP AUTH is switched off"));
}

static void test_long_words_are_cut(void **state)
{
	struct reply reply = { .code = 535, .len = 4000 };
	struct outcome o;

	(void)state;
	memset(reply.text, 'x', reply.len);
	o = classify_reply(STAGE_AUTH, &reply, &account);
	assert_in_range(strlen(o.text), 100, sizeof(o.text) - 1);
	o = classify_reply(STAGE_RCPT, &reply, &account);
	assert_int_equal(strlen(o.text), sizeof(o.text) - 1);
	o = classify_reply(STAGE_AUTH, &reply,
		&(struct classify_account){ reply.text, "brevo", false, reply.text });
	assert_int_equal(o.text[strlen(o.text) - 1], ')');
}

static void test_fault(void **state)
{
	struct outcome o = classify_fault(
		VERDICT_FAILED, BLAME_MESSAGE, "5.6.0", "%s %d", "t\xc3\xa9st\n", 7);

	(void)state;
	assert_int_equal(o.verdict, VERDICT_FAILED);
	assert_int_equal(o.blame, BLAME_MESSAGE);
	assert_int_equal(o.code, 0);
	assert_string_equal(o.enhanced, "5.6.0");
	assert_string_equal(o.text, "t??st? 7");
}

/* What providers say, and what it means whatever the code. */
static void test_faults(void **state)
{
	static const struct {
		enum stage stage;
		int code;
		const char *enhanced;
		const char *text;
		enum verdict verdict;
		enum blame blame;
		unsigned wait_s;
		const char *provider; /* NULL: whoever says so */
	} rows[] = {
		{ STAGE_FINAL, 550, "5.4.5", "Daily user sending limit exceeded.",
			DEFERRED, BLAME_QUOTA, 3600, NULL },
		{ STAGE_MAIL, 550, "5.7.1",
			"Daily SMTP relay limit exceeded for customer", DEFERRED,
			BLAME_QUOTA, 3600, NULL },
		{ STAGE_RCPT, 550, "5.2.1",
			"The user is receiving mail at a rate that prevents", DEFERRED,
			BLAME_RECIPIENT, 3600, NULL },
		{ STAGE_FINAL, 554, "5.2.0", "x SubmissionQuotaExceededException y",
			DEFERRED, BLAME_QUOTA, 3600, NULL },
		{ STAGE_FINAL, 554, "5.2.252", "SendAsDenied; a not allowed", DEFERRED,
			BLAME_SENDER, 900, NULL },
		{ STAGE_FINAL, 432, "4.3.2", "Concurrent connections limit exceeded",
			UNATTEMPTED, BLAME_PACE, 60, NULL },
		{ STAGE_FINAL, 432, "4.3.2", "STOREDRV; recipient thread limit exceeded",
			DEFERRED, BLAME_MESSAGE, 0, NULL },
		{ STAGE_AUTH, 535, "5.7.8", "Too many connections per account",
			UNATTEMPTED, BLAME_PACE, 60, NULL },
		{ STAGE_AUTH, 535, "5.7.0", "(#AUTH005) Too many bad auth attempts",
			UNATTEMPTED, BLAME_ACCOUNT, 3600, NULL },
		{ STAGE_AUTH, 535, "5.7.139",
			"SmtpClientAuthentication is disabled for x", UNATTEMPTED,
			BLAME_ACCOUNT, 0, NULL },
		{ STAGE_AUTH, 525, "5.7.1", "Unauthorized IP address", UNATTEMPTED,
			BLAME_ACCOUNT, 0, NULL },
		{ STAGE_FINAL, 454, "",
			"Throttling failure: Maximum sending rate exceeded.", UNATTEMPTED,
			BLAME_PACE, 2, NULL },
		{ STAGE_FINAL, 454, "",
			"Throttling failure: Daily message quota exceeded.", UNATTEMPTED,
			BLAME_QUOTA, 3600, NULL },
		{ STAGE_FINAL, 554, "",
			"Message rejected: Email address is not verified.", DEFERRED,
			BLAME_SENDER, 900, NULL },
		{ STAGE_FINAL, 451, "", "Authentication failed: Maximum credits exceeded",
			UNATTEMPTED, BLAME_QUOTA, 3600, NULL },
		{ STAGE_MAIL, 403, "",
			"You are not authorized to send from that email address",
			DEFERRED, BLAME_SENDER, 900, NULL },
		{ STAGE_MAIL, 440, "",
			"mail from account doesn't conform with authentication", DEFERRED,
			BLAME_SENDER, 900, NULL },
		{ STAGE_MAIL, 550, "5.7.60",
			"Client does not have permissions to send as x", DEFERRED,
			BLAME_SENDER, 900, NULL },
		{ STAGE_FINAL, 421, "", "Too many concurrent SMTP connections",
			UNATTEMPTED, BLAME_PACE, 30, NULL },
		{ STAGE_RCPT, 452, "4.5.3", "Your message has too many recipients",
			UNATTEMPTED, BLAME_RECIPIENT, 0, NULL },
		{ STAGE_RCPT, 552, "", "too many recipients", UNATTEMPTED,
			BLAME_RECIPIENT, 0, NULL },
		{ STAGE_FINAL, 452, "4.5.3", "too many recipients", DEFERRED,
			BLAME_MESSAGE, 0, NULL },
		/* a recipient's own quota is no quota of ours */
		{ STAGE_RCPT, 552, "5.2.2", "mailbox quota exceeded", FAILED,
			BLAME_RECIPIENT, 0, NULL },
		{ STAGE_RCPT, 452, "4.2.2", "over quota", DEFERRED, BLAME_RECIPIENT, 0,
			NULL },
		{ STAGE_RCPT, 550, "5.1.1", "no such user", FAILED, BLAME_RECIPIENT, 0,
			NULL },
		{ STAGE_MAIL, 552, "5.3.4", "message too big", FAILED, BLAME_MESSAGE, 0,
			NULL },
		{ STAGE_MAIL, 553, "5.1.7", "bad address", FAILED, BLAME_SENDER, 0,
			NULL },
		/* the same code is another thing elsewhere */
		{ STAGE_RCPT, 550, "5.1.90", "You have reached your limit", DEFERRED,
			BLAME_QUOTA, 3600, "microsoft365" },
		{ STAGE_RCPT, 550, "5.1.90", "no", FAILED, BLAME_RECIPIENT, 0, "gmail" },
		{ STAGE_FINAL, 550, "5.2.251", "throttled", DEFERRED, BLAME_SENDER, 14400,
			"microsoft365" },
		{ STAGE_FINAL, 550, "5.2.252", "throttled", DEFERRED, BLAME_SENDER, 14400,
			"microsoft365-hve" },
		{ STAGE_FINAL, 550, "5.2.252", "throttled", DEFERRED, BLAME_PACE, 10,
			"outlook" },
		{ STAGE_FINAL, 550, "5.7.750", "Service unavailable. Client blocked",
			DEFERRED, BLAME_SENDER, 900, "microsoft365" },
		{ STAGE_FINAL, 550, "5.7.708", "traffic not accepted from this IP",
			UNATTEMPTED, BLAME_ACCOUNT, 3600, NULL },
		{ STAGE_FINAL, 554, "5.2.2", "mailbox full; MapiExceptionQuotaExceeded",
			UNATTEMPTED, BLAME_ACCOUNT, 3600, NULL },
		{ STAGE_EHLO, 421, "4.7.0", "Try again later, closing connection",
			UNATTEMPTED, BLAME_LINK, 600, NULL },
		{ STAGE_RCPT, 450, "4.2.1", "Peak SMTP relay limit exceeded for customer",
			UNATTEMPTED, BLAME_PACE, 600, NULL },
		{ STAGE_RCPT, 451, "4.3.0",
			"Multiple destination domains per transaction is unsupported",
			UNATTEMPTED, BLAME_RECIPIENT, 0, NULL },
		{ STAGE_AUTH, 454, "4.7.0",
			"Cannot authenticate due to a temporary system problem",
			UNATTEMPTED, BLAME_ACCOUNT, 300, NULL },
		{ STAGE_MAIL, 530, "5.7.0", "Must issue a STARTTLS command first",
			UNATTEMPTED, BLAME_ACCOUNT, 0, NULL },
		{ STAGE_FINAL, 552, "5.7.0", "presents a potential security issue",
			FAILED, BLAME_MESSAGE, 0, NULL },
		{ STAGE_AUTH, 454, "", "Temporary authentication failure", UNATTEMPTED,
			BLAME_ACCOUNT, 60, NULL },
		{ STAGE_AUTH, 535, "", "Account not subscribed to SES", UNATTEMPTED,
			BLAME_ACCOUNT, 0, NULL },
		{ STAGE_FINAL, 554, "", "Configuration set does not exist: x", DEFERRED,
			BLAME_SENDER, 900, NULL },
		{ STAGE_FINAL, 552, "", "Message is too long.", FAILED, BLAME_MESSAGE, 0,
			NULL },
		{ STAGE_FINAL, 550, "",
			"The from address does not match a verified Sender Identity",
			DEFERRED, BLAME_SENDER, 900, NULL },
		{ STAGE_RCPT, 452, "",
			"Too many recipients received this hour (throttled)", UNATTEMPTED,
			BLAME_PACE, 3600, NULL },
		{ STAGE_FINAL, 550, "",
			"Domain a is not allowed to send: request limit exceeded, try "
			"again "
			"after x",
			DEFERRED, BLAME_QUOTA, 3600, NULL },
		{ STAGE_MAIL, 550, "", "cannot parse from address", FAILED, BLAME_MESSAGE,
			0, "mailgun-eu" },
		{ STAGE_RCPT, 450, "", "Inactive recipient", FAILED, BLAME_RECIPIENT, 0,
			"postmark-broadcast" },
		{ STAGE_MAIL, 550, "", "Relaying denied", UNATTEMPTED, BLAME_ACCOUNT, 0,
			"sparkpost-eu" },
		{ STAGE_FINAL, 450, "", "The from.email domain must be verified",
			DEFERRED, BLAME_SENDER, 900, NULL },
		{ STAGE_FINAL, 450, "4.5.127",
			"Message rejected. Excessive message rate from sender.",
			UNATTEMPTED, BLAME_PACE, 60, NULL },
		{ STAGE_FINAL, 500, "5.2.1", "Subject is Mandatory", FAILED,
			BLAME_MESSAGE, 0, "zeptomail" },
		{ STAGE_RCPT, 554, "5.7.1", "Relaying denied", DEFERRED, BLAME_RECIPIENT,
			900, NULL },
		{ STAGE_RCPT, 554, "5.7.1", "<a@b>: Relay access denied", DEFERRED,
			BLAME_RECIPIENT, 900, NULL },
		{ STAGE_FINAL, 554, "5.7.1",
			"recipient address was suppressed due to customer policy", FAILED,
			BLAME_MESSAGE, 0, NULL },
		{ STAGE_MAIL, 550, "5.7.1", "Unconfigured Sending Domain <a>", DEFERRED,
			BLAME_SENDER, 900, NULL },
		{ STAGE_FINAL, 550, "", "The a domain is not verified. Please, add",
			DEFERRED, BLAME_SENDER, 900, NULL },
		{ STAGE_MAIL, 550, "5.7.1", "Sending from domain a is not allowed",
			DEFERRED, BLAME_SENDER, 900, NULL },
		{ STAGE_FINAL, 550, "", "From header sender domain not verified (a)",
			DEFERRED, BLAME_SENDER, 900, NULL },
		{ STAGE_RCPT, 450, "4.2.121",
			"Recipient has exceeded their limit for the number of messages "
			"they can receive per day",
			DEFERRED, BLAME_RECIPIENT, 3600, NULL },
		{ STAGE_MAIL, 550, "5.7.1", "You have exceeded your hourly sending limit",
			DEFERRED, BLAME_QUOTA, 3600, NULL },
		/* in whatever order the words stand, and whatever the code */
		{ STAGE_MAIL, 550, "", "You have reached your daily quota", DEFERRED,
			BLAME_QUOTA, 3600, NULL },
		{ STAGE_MAIL, 421, "", "Hourly limit exceeded", UNATTEMPTED, BLAME_QUOTA,
			3600, NULL },
		/* the connection is used up, not the account */
		{ STAGE_MAIL, 421, "", "too many messages in this connection",
			UNATTEMPTED, BLAME_LINK, 0, NULL },
		{ STAGE_MAIL, 421, "4.7.0", "Max message per session reached",
			UNATTEMPTED, BLAME_LINK, 0, NULL },
		{ STAGE_MAIL, 421, "", "Too many messages per minute and connection",
			UNATTEMPTED, BLAME_PACE, 60, NULL },
		{ STAGE_AUTH, 550, "", "Too many messages. Try again in 92 seconds.",
			UNATTEMPTED, BLAME_PACE, 10, NULL },
		{ STAGE_RCPT, 450, "4.7.1", "slow down, 20 messages per minute",
			UNATTEMPTED, BLAME_PACE, 60, NULL },
		{ STAGE_GREETING, 554, "", "Too many connections from your host",
			UNATTEMPTED, BLAME_PACE, 60, NULL },
		{ STAGE_FINAL, 553, "5.7.1", "from address not owned by user", DEFERRED,
			BLAME_SENDER, 900, NULL },
		{ STAGE_FINAL, 550, "5.7.1", "You are not allowed to send as a@b",
			DEFERRED, BLAME_SENDER, 900, NULL },
		/* a success that is none */
		{ STAGE_RCPT, 254, "4.7.1", "Suppression for user u to a@b", FAILED,
			BLAME_RECIPIENT, 0, NULL },
		{ STAGE_FINAL, 254, "4.7.1", "Suppression for user u to a@b", FAILED,
			BLAME_MESSAGE, 0, NULL },
		{ STAGE_FINAL, 455, "",
			"Maximum messages sent per minute reached : limit is 9",
			UNATTEMPTED, BLAME_PACE, 60, NULL },
		{ STAGE_FINAL, 455, "",
			"Maximum messages sent per day reached : limit is 9", UNATTEMPTED,
			BLAME_QUOTA, 3600, NULL },
		{ STAGE_AUTH, 421, "", "Too many auth failures, try again later",
			UNATTEMPTED, BLAME_ACCOUNT, 1800, NULL },
		{ STAGE_AUTH, 526, "", "Authentication failure[1]", UNATTEMPTED,
			BLAME_ACCOUNT, 3600, NULL },
		{ STAGE_AUTH, 526, "", "Authentication failure[0]", UNATTEMPTED,
			BLAME_ACCOUNT, 0, NULL },
		{ STAGE_RCPT, 505, "", "total of RCPTs exceeds the maximum threshold",
			UNATTEMPTED, BLAME_RECIPIENT, 0, NULL },
		{ STAGE_FINAL, 454, "", "Transient reject by behaviour spam", UNATTEMPTED,
			BLAME_PACE, 3600, NULL },
		{ STAGE_MAIL, 553, "", "Sender is not allowed to relay emails", DEFERRED,
			BLAME_SENDER, 900, NULL },
		{ STAGE_FINAL, 550, "5.4.6", "Unusual sending activity detected",
			DEFERRED, BLAME_QUOTA, 3600, NULL },
		{ STAGE_MAIL, 550, "", "Sender address is not allowed.", DEFERRED,
			BLAME_SENDER, 900, NULL },
		{ STAGE_MAIL, 553, "5.7.1",
			"<a@b>: Sender address rejected: not owned by auth user.",
			DEFERRED, BLAME_SENDER, 900, NULL },
		{ STAGE_MAIL, 530, "5.7.7",
			"Email sending without SSL/TLS encryption is not allowed",
			UNATTEMPTED, BLAME_ACCOUNT, 0, NULL },
		{ STAGE_AUTH, 535, "5.7.0", "NEOBHODIM parol prilozheniya", UNATTEMPTED,
			BLAME_ACCOUNT, 0, NULL },
		{ STAGE_MAIL, 550, "", "not local sender over smtp", DEFERRED,
			BLAME_SENDER, 900, NULL },
		{ STAGE_FINAL, 550, "",
			"You have sent too many messages this hour. IB504", DEFERRED,
			BLAME_QUOTA, 3600, NULL },
		{ STAGE_GREETING, 421, "", "Connection refused, too many sessions IB007",
			UNATTEMPTED, BLAME_PACE, 60, NULL },
		{ STAGE_MAIL, 550, "", "Policy Rejection- Quota Exceeded", DEFERRED,
			BLAME_QUOTA, 3600, NULL },
		{ STAGE_RCPT, 550, "",
			"Domain a has exceeded the max emails per hour (9/9 (100%)) "
			"allowed",
			DEFERRED, BLAME_QUOTA, 3600, NULL },
		{ STAGE_MAIL, 452, "4.5.3", "Daily message limit exceeded", UNATTEMPTED,
			BLAME_QUOTA, 3600, NULL },
		{ STAGE_MAIL, 452, "4.4.5", "Messages per second limit exceeded",
			UNATTEMPTED, BLAME_PACE, 1, NULL },
		{ STAGE_FINAL, 552, "5.3.4", "Message too big for system", FAILED,
			BLAME_MESSAGE, 0, NULL },
		{ STAGE_AUTH, 535, "", "Authentication Failed", UNATTEMPTED,
			BLAME_ACCOUNT, 0, "zeptomail" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct reply reply = {
			.code = rows[i].code, .lines = 1, .len = strlen(rows[i].text)
		};
		struct outcome o;

		strcpy(reply.enhanced, rows[i].enhanced);
		strcpy(reply.text, rows[i].text);
		o = classify_reply(rows[i].stage, &reply,
			&(struct classify_account){ .user = "me",
				.provider = rows[i].provider ? rows[i].provider : "" });
		if (o.verdict != rows[i].verdict || o.blame != rows[i].blame ||
			o.wait_s != rows[i].wait_s)
			fail_msg("%d %s: %s %s %u", rows[i].code, rows[i].text,
				verdict_name(o.verdict), blame_name(o.blame), o.wait_s);
		if (!strstr(o.text, rows[i].text))
			fail_msg("the words are gone: %s", o.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdict_and_blame),
		cmocka_unit_test(test_every_code_at_every_stage),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_what_was_said),
		cmocka_unit_test(test_hints_of_a_login),
		cmocka_unit_test(test_long_words_are_cut),
		cmocka_unit_test(test_fault),
	};

	return cmocka_run_group_tests_name("classify", tests, NULL, NULL);
}
