/* SPDX-License-Identifier: ISC */
/* Reports to senders: the fields of RFC 3464, and the words around them. */
#include "unit.h"

#include <string.h>

#include "mail/bounce.h"
#include "mail/dsn.h"

static const struct bounce_recipient recipients[] = {
	{ .address = "admin@example.org",
		.given = "root",
		.parameters = "NOTIFY=FAILURE ORCPT=rfc822;ro+2Bot@host",
		.code = 550,
		.enhanced = "5.1.1",
		.text = "no such user" },
	{ .address = "j\xc3\xb6rg@example.org",
		.given = "j\xc3\xb6rg@example.org",
		.enhanced = "",
		.text = "" },
};

static const char header[] = "From: a@b.org\r\nMessage-ID: <x@y>\r\n";

static const struct bounce sample = {
	.kind = BOUNCE_FAILED,
	.id = "0123456789AB",
	.host = "host.example.org",
	.provider = "smtp.example.com",
	.to = "www-data",
	.parameters = "RET=HDRS ENVID=a+2Bb+0A",
	.arrived_ms = 1764000000000,
	.now_ms = 1764000001000,
	.recipients = recipients,
	.count = 2,
	.header = header,
	.header_len = sizeof(header) - 1,
};

/* A report of this kind, as a string to be freed by the caller. */
static char *format(struct bounce bounce, char boundary[48])
{
	struct buf out = { 0 };

	bounce_start(&bounce, boundary, &out);
	buf_add(&out, header, sizeof(header) - 1);
	bounce_end(boundary, &out);
	assert_non_null(buf_cstr(&out));
	return buf_steal(&out);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("missing: %s\nin: %s", part, text);
}

static size_t count_of(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part))) {
		n++;
		text += strlen(part);
	}
	return n;
}

static void test_failed(void **state)
{
	static const char *const parts[] = {
		"From: Mail Delivery System <MAILER-DAEMON@host.example.org>\r\n",
		"To: www-data\r\n",
		"In-Reply-To: <x@y>\r\n",
		"Auto-Submitted: auto-replied\r\n",
		"report-type=delivery-status",
		"<admin@example.org> (for root):\r\n",
		"smtp.example.com said: 550 5.1.1 no such user\r\n",
		"There is no such mailbox. Check the address.\r\n",
		"Original-Envelope-Id: a+b?\r\n",
		"Reporting-MTA: dns; host.example.org\r\n",
		"Original-Recipient: rfc822;ro+ot@host\r\n",
		"Final-Recipient: rfc822; admin@example.org\r\n",
		"Action: failed\r\nStatus: 5.1.1\r\n",
		"Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n",
		"Final-Recipient: utf-8; j\\x{F6}rg@example.org\r\n",
		"Action: failed\r\nStatus: 5.0.0\r\n",
		"Content-Type: text/rfc822-headers\r\n",
	};
	char boundary[48], *text = format(sample, boundary);

	(void)state;
	for (size_t i = 0; i < COUNT(parts); i++)
		assert_has(text, parts[i]);
	assert_int_equal(count_of(text, "\r\n--"), 4);
	assert_int_equal(count_of(text, boundary), 5);
	assert_int_equal(count_of(text, "\n"), count_of(text, "\r\n"));
	free(text);
}

/* Not UTF-8, although it looks like CR and LF to who only counts bits (RFC 3629 section 3). */
static void test_overlong_characters_end_no_line(void **state)
{
	static const struct bounce_recipient odd[] = {
		{ .address = "a\xe0\x80\x8d\xf0\x80\x80\x8aX: b@example.org",
			.given = "root",
			.enhanced = "",
			.text = "" },
	};
	struct bounce bounce = sample;
	char boundary[48], *text;

	(void)state;
	bounce.recipients = odd;
	bounce.count = 1;
	text = format(bounce, boundary);
	assert_int_equal(count_of(text, "\r\nX: b"), 0);
	assert_has(text, "Final-Recipient: utf-8; a\\x{FFFD}");
	free(text);
}

static void test_delayed(void **state)
{
	struct bounce bounce = sample;
	char boundary[48], *text;

	(void)state;
	bounce.kind = BOUNCE_DELAYED;
	bounce.until_ms = 1764000002000;
	text = format(bounce, boundary);
	assert_has(text, "Action: delayed\r\nStatus: 4.1.1\r\n");
	assert_has(text, "Will-Retry-Until: ");
	assert_has(text, "you need not send it again");
	free(text);
}

static void test_boundaries_differ(void **state)
{
	char first[48], second[48];

	(void)state;
	free(format(sample, first));
	free(format(sample, second));
	assert_string_not_equal(first, second);
}

static void test_events(void **state)
{
	(void)state;
	assert_int_equal(dsn_events(NULL), DSN_FAILURE | DSN_DELAY);
	assert_int_equal(dsn_events("ORCPT=rfc822;a"), DSN_FAILURE | DSN_DELAY);
	assert_int_equal(dsn_events("NOTIFY=NEVER"), 0);
	assert_int_equal(dsn_events("ORCPT=rfc822;a NOTIFY=success,Failure"),
		DSN_SUCCESS | DSN_FAILURE);
	assert_int_equal(dsn_events("notify=DELAY ORCPT=rfc822;a"), DSN_DELAY);
	assert_true(dsn_headers_only("ENVID=x RET=hdrs"));
	assert_false(dsn_headers_only("RET=FULL"));
	assert_false(dsn_headers_only(NULL));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_overlong_characters_end_no_line),
		cmocka_unit_test(test_delayed),
		cmocka_unit_test(test_boundaries_differ),
		cmocka_unit_test(test_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
