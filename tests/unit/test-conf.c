/* SPDX-License-Identifier: ISC */
/* mailchute.conf: each fault with its line, faults together, presets, defaults, the password. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "conf/conf.h"
#include "conf/oauth.h"
#include "conf/option.h"
#include "conf/route.h"
#include "conf/sender.h"
#include "conf/value.h"

#define FILE_NAME "m.conf"

static void write_file(const char *name, const void *bytes, size_t n, mode_t mode)
{
	CLEANUP_CLOSE int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, bytes, n), 0);
	assert_int_equal(fchmod(fd, mode), 0);
}

static int load(const char *text, struct conf **ret, struct buf *errors)
{
	write_file(FILE_NAME, text, strlen(text), 0644);
	return conf_load(FILE_NAME, ret, errors);
}

static struct conf *load_good(const char *text)
{
	struct conf *conf = NULL;
	struct buf errors = { 0 };

	if (load(text, &conf, &errors) < 0)
		fail_msg("%s\nwas refused: %s", text, buf_cstr(&errors));
	buf_free(&errors);
	return conf;
}

/* "LINE: what" for each fault; what follows ';' is advice and left out here. */
static void summarize(const char *errors, struct buf *out)
{
	while (*errors) {
		size_t line = strcspn(errors, "\n");
		size_t n = strcspn(errors, ";\n");
		size_t skip = strncmp(errors, FILE_NAME ":", sizeof(FILE_NAME)) == 0
				      ? sizeof(FILE_NAME)
				      : 0;

		buf_add(out, errors + skip, n - skip);
		buf_addc(out, '\n');
		errors += line + 1;
	}
}

#define HEX64 "2a5f000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"
#define GOOD  "host = 'mail.example.com'\n"

static const struct fault_case {
	const char *text;
	const char *faults;
} fault_cases[] = {
	/* What is there */
	{ "", "1: neither provider nor host is set\n" },
	{ "# nothing\n\n", "1: neither provider nor host is set\n" },
	{ GOOD "\nfrobnicate = 1\n", "3: frobnicate: there is no such option\n" },
	{ GOOD "ca_file = '/x'\n", "2: ca_file: there is no such option\n" },
	{ GOOD "user = 'a'\nuser = 'b'\n", "3: user: set before, in line 2\n" },
	{ GOOD "password = 'hunter2'\n", "2: password: no secret belongs here, for "
					 "everybody may read this file\n" },
	{ GOOD "pass = 'hunter2'\n",
		"2: pass: no secret belongs here, for everybody may read this file\n" },
	{ GOOD "SMTP_Pwd = 'hunter2'\nPassword = 'hunter2'\n",
		"2: SMTP_Pwd: no secret belongs here, for everybody may read this file\n"
		"3: Password: no secret belongs here, for everybody may read this "
		"file\n" },
	{ GOOD "password_file = '/x'\ntokencommand = 'x'\n",
		"2: password_file: there is no such option\n"
		"3: tokencommand: there is no such option\n" },
	{ GOOD "client_secret = 'hunter2'\n", "2: client_secret: no secret belongs here, "
					      "for everybody may read this file\n" },
	/* Values */
	{ "provider = 'sendgird'\n", "1: provider: \"sendgird\" is not known\n" },
	{ "provider = 'outlook'\nuser = 'me@outlook.com'\n",
		"1: provider: outlook takes no passwords, only tokens\n" },
	{ "provider = 'ses'\nuser = 'AKIA'\nregion = 'eu..west'\n",
		"3: region: \"eu..west\" is not a region\n" },
	{ "host = 'smtp.example.com:587'\n",
		"1: host: \"smtp.example.com:587\" is not a host\n" },
	{ "host = 'smtp://example.com'\n",
		"1: host: \"smtp://example.com\" is not a host but a URL\n" },
	{ "host = 'a..b'\n", "1: host: \"a..b\" is not a host\n" },
	{ GOOD "port = 'smtp'\n", "2: port: \"smtp\" is not a port\n" },
	{ GOOD "port = 0\n", "2: port: \"0\" is not a port\n" },
	{ GOOD "port = 65536\n", "2: port: \"65536\" is not a port\n" },
	{ GOOD "port = -1\n", "2: port: \"-1\" is not a port\n" },
	{ GOOD "port = ''\n", "2: port: \"\" is not a port\n" },
	{ GOOD "tls = yes\n", "2: tls: \"yes\" is not known\n" },
	{ GOOD "ca-file = 'ca.pem'\n", "2: ca-file: \"ca.pem\" is not a full path\n" },
	{ GOOD "auth = 'NTLM'\n", "2: auth: \"NTLM\" is no login that is known here\n" },
	{ GOOD "tls-min = 1.1\n",
		"2: tls-min: \"1.1\" is no version of TLS that is safe\n" },
	{ GOOD "tls-fingerprint = '2A:5F'\n",
		"2: tls-fingerprint: \"2A:5F\" is no SHA-256 fingerprint\n" },
	{ GOOD "tls-fingerprint = ','\n",
		"2: tls-fingerprint: \",\" is no SHA-256 fingerprint\n" },
	{ GOOD "tls-client-key = '/k'\n",
		"2: tls-client-key: a key needs its certificate\n" },
	{ GOOD "ca-file = '/ca'\ntls-fingerprint = '" HEX64 "'\n",
		"3: tls-fingerprint: it stands in place of authorities\n" },
	{ GOOD "user = a\npassword-file = '/p'\ntoken-command = t\n",
		"4: token-command: there is password-file already\n" },
	{ GOOD "token-command = 't'\n", "2: token-command: a password needs a user\n" },
	{ GOOD "user = a\nauth = XOAuth2\n", "3: auth: XOAuth2 needs a token\n" },
	{ GOOD "user = a\nauth = PLAIN\ntoken-command = t\n",
		"3: auth: PLAIN takes no token\n" },
	{ GOOD "user = a\noauth = 'google'\ntoken-command = t\noauth-client-id = c\n",
		"3: oauth: there is token-command already\n" },
	{ GOOD "user = a\nauth = PLAIN\noauth = google-service\n",
		"3: auth: PLAIN takes no token\n" },
	{ GOOD "oauth = google-service\n", "2: oauth: a password needs a user\n" },
	{ GOOD "user = a\noauth = yes\n", "3: oauth: \"yes\" is not known\n" },
	{ GOOD "user = a\noauth = google\n",
		"3: oauth: add oauth-client-id = \"...\", which you get where you "
		"register the client\n" },
	{ GOOD "user = a\noauth = microsoft-app\noauth-client-id = c\n",
		"3: oauth: microsoft-app needs a tenant\n" },
	{ GOOD "user = a\noauth = custom\noauth-client-id = c\n",
		"3: oauth: add oauth-token-url = \"https://...\", where tokens "
		"come from\n" },
	{ GOOD "oauth-scope = s\noauth-client-id = c\n",
		"3: oauth-client-id: add oauth = \"...\", which it belongs to\n"
		"2: oauth-scope: add oauth = \"...\", which it belongs to\n" },
	{ GOOD "user = a\noauth = custom\noauth-client-id = c\n"
	       "oauth-token-url = 'http://issuer.example/'\n",
		"5: oauth-token-url: \"http://issuer.example/\" is no URL that a token "
		"may "
		"go to\n" },
	{ GOOD "user = a\noauth = microsoft\noauth-client-id = c\noauth-tenant = 'a/b'\n",
		"5: oauth-tenant: \"a/b\" is no tenant\n" },
	{ GOOD "auth = External\n", "2: auth: the login by certificate needs one\n" },
	{ GOOD "from = 'Me <me@example.com>'\n",
		"2: from: \"Me <me@example.com>\" is not a plain address\n" },
	{ GOOD "from = 'root'\n",
		"2: from: \"root\" is not an address: it has no domain\n" },
	{ GOOD "root = 'a@b@c'\n", "2: root: \"a@b@c\" is not an address\n" },
	{ GOOD "root = 'a b@example.com'\n",
		"2: root: \"a b@example.com\" is not an address\n" },
	{ GOOD "root = '.a@example.com'\n",
		"2: root: \".a@example.com\" is not an address\n" },
	{ GOOD "root = 'a@'\n", "2: root: \"a@\" is not an address\n" },
	{ GOOD "root = '@b'\n", "2: root: \"@b\" is not an address\n" },
	{ GOOD "root = 'm\303\274@example.com'\n",
		"2: root: \"m??@example.com\" is not an address\n" },
	{ GOOD "root = 'm@\303\274.example'\nhostname = '\303\274'\n"
	       "rewrite = '@\303\274.example -> @\303\274.example'\n",
		"2: root: \"m@??.example\" is beyond ASCII\n"
		"3: hostname: \"??\" is beyond ASCII\n"
		"4: rewrite: \"@??.example -> @??.example\" is beyond ASCII\n" },
	{ GOOD "allowed-senders = 'm\303\274@a.example'\n",
		"2: allowed-senders: \"m??@a.example\" is not an address\n" },
	{ GOOD "hostname = '-x'\n", "2: hostname: \"-x\" is not a host name\n" },
	{ GOOD "max-messages = 0\n",
		"2: max-messages: \"0\" is not a number from 1 to 10000\n" },
	{ GOOD "rate = '14'\n", "2: rate: \"14\" is no rate\n" },
	{ GOOD "rate = '0/s'\n", "2: rate: \"0/s\" is no rate\n" },
	{ GOOD "rate = '9/week'\n", "2: rate: \"9/week\" is no rate\n" },
	{ GOOD "rate = '9 bytes/day'\n", "2: rate: \"9 bytes/day\" is no rate\n" },
	{ GOOD "rate = '1/s, 1/m, 1/h, 1/d, 2/d'\n",
		"2: rate: \"1/s, 1/m, 1/h, 1/d, 2/d\" is no rate\n" },
	{ GOOD "max-idle = 0s\n", "2: max-idle: \"0s\" is out of range\n" },
	{ GOOD "max-connections = many\n",
		"2: max-connections: \"many\" is not a number from 1 to 100\n" },
	{ GOOD "retry-min = 5x\n", "2: retry-min: \"5x\" is not a duration\n" },
	{ GOOD "retry-min = 0\n", "2: retry-min: \"0\" is out of range\n" },
	{ GOOD "idle-exit = 2d\n", "2: idle-exit: \"2d\" is out of range\n" },
	/* What does not go together */
	{ "provider = 'ses'\nuser = 'AKIA'\n", "1: provider: ses needs a region\n" },
	{ "provider = 'ses'\nuser = 'AKIA'\nregion = 'EU West'\n",
		"3: region: \"EU West\" is not a region\n" },
	{ "provider = 'gmail'\nuser = 'a'\nregion = 'eu-west-1'\n",
		"3: region: gmail has no regions\n" },
	{ GOOD "region = 'eu-west-1'\n", "2: region: a plain host has no regions\n" },
	{ "\nprovider = 'gmail'\n", "2: provider: gmail needs a user\n" },
	{ "provider = 'sendgrid'\nuser = 'me'\n",
		"2: user: with sendgrid it is \"apikey\" for everybody\n" },
	{ GOOD "tls = 'none'\nuser = 'a'\n",
		"2: tls: \"none\" is no way to log in at mail.example.com, for it is not "
		"this machine\n" },
	{ "host = '127.0.0.1.example.com'\ntls = 'none'\nuser = 'a'\n",
		"2: tls: \"none\" is no way to log in at 127.0.0.1.example.com, for it "
		"is "
		"not this machine\n" },
	{ "provider = 'sendgrid'\ntls = 'none'\n", "2: tls: \"none\" is no way to log in "
						   "at smtp.sendgrid.net, for it is not "
						   "this machine\n" },
	{ "host = '::1'\ntls = 'none'\ntls-client-cert = '/c'\n"
	  "tls-fingerprint = '" HEX64 "'\n",
		"4: tls-fingerprint: with tls = \"none\" nobody looks at it\n"
		"3: tls-client-cert: with tls = \"none\" nobody looks at it\n" },
	{ GOOD "port = 465\ntls = 'starttls'\n",
		"3: tls: on port 465 servers speak \"implicit\"\n" },
	{ GOOD "tls = 'implicit'\nport = 587\n",
		"2: tls: on port 587 servers speak \"starttls\"\n" },
	{ GOOD "password-file = '/x'\n", "2: password-file: a password needs a user\n" },
	{ GOOD "retry-min = 2h\nretry-max = 1h\n",
		"3: retry-min is longer than retry-max\n" },
	{ GOOD "retry-min = 5h\n", "2: retry-min is longer than retry-max\n" },
	/* The form */
	{ GOOD "user = \"me\n" GOOD, "2: the quote is not closed on its line\n" },
	{ GOOD "user = 'me\n" GOOD, "2: the quote is not closed on its line\n" },
	{ GOOD "user = 'me", "2: the quote is not closed on its line\n" },
	{ GOOD "user = \"\\9\"\n",
		"2: a backslash stands before a quote or a backslash only\n" },
	{ GOOD "user = \"${HOME}\"\n", "2: variables are not replaced here\n" },
	{ GOOD "user = ${HOME}\n", "2: variables are not replaced here\n" },
	{ GOOD "user = a*b\n", "2: there is a stray '*'\n" },
	{ GOOD "user = 'a\001b'\n", "2: there is a control character\n" },
	{ GOOD "/* never\nends\n", "2: the comment is never closed\n" },
	{ GOOD "user\n", "2: premature end of file\n" },
	{ GOOD "user = \n\n", "2: premature end of file\n" },
	{ GOOD "user me\n", "2: missing equal sign after option 'user'\n" },
	{ GOOD "user = { 'a', 'b' }\n", "2: unexpected token '{'\n" },
	{ GOOD "include('/etc/shadow')\n",
		"2: missing equal sign after option 'include'\n" },
	{ GOOD "}\n", "2: unexpected closing brace\n" },
	/* Accounts */
	{ GOOD "account 'a' {\n}\n", "2: account a: neither provider nor host is set\n" },
	{ GOOD "account 'a'\n{\n" GOOD "root = 'a@example.org'\n}\n",
		"5: root: is the same for all accounts\n" },
	{ GOOD "account 'a' {\n" GOOD "}\naccount 'a' {\n" GOOD "}\n",
		"5: found duplicate title 'a'\n" },
	{ GOOD "account 'default' {\n" GOOD "}\n",
		"2: account: \"default\" is the account of the settings outside of any "
		"section\n" },
	{ GOOD "account 'a/b' {\n" GOOD "}\n",
		"2: account: \"a/b\" is no name for an account\n" },
	{ GOOD "account {\n" GOOD "}\n", "2: missing title for section 'account'\n" },
	{ GOOD "account 'a' {\n" GOOD "account 'b' {\n" GOOD "}\n}\n",
		"4: missing equal sign after option 'account'\n" },
	{ GOOD "acount 'a' {\n" GOOD "}\n",
		"2: missing equal sign after option 'acount'\n" },
	{ GOOD "account 'a' {\n" GOOD, "2: the account is never closed\n" },
	{ GOOD "account 'a' {\n" GOOD "user = \n", "2: the account is never closed\n" },
	{ GOOD "account 'a' {\n" GOOD "}\n}\n", "5: unexpected closing brace\n" },
	{ GOOD "account 'a' {{\n" GOOD "}\n}\n", "2: unexpected token '{'\n" },
	{ GOOD "account 'a' {\nprovider = 'gmail'\n}\n\naccount b {\n" GOOD
	       "pass = 'hunter2'\nport = 'x' }\nport = 'y'\n",
		"10: port: \"y\" is not a port\n"
		"3: provider: gmail needs a user\n"
		"8: pass: no secret belongs here, for everybody may read this file\n"
		"9: port: \"x\" is not a port\n" },
	/* Senders */
	{ GOOD "allowed-senders = '@a.example'\nuser-senders = 'x: @a.example'\n",
		"2: allowed-senders: add from = \"...\", which others are sent as\n"
		"3: user-senders: add from = \"...\", which others are sent as\n" },
	{ GOOD "from = 'a@a.example'\nuser-senders = 'x: @a.example'\naccount b {\n" GOOD
	       "}\n",
		"3: user-senders: account b: add from = \"...\", which others are sent "
		"as\n" },
	{ GOOD "rewrite = '@a.example = @b.example'\n",
		"2: rewrite: \"@a.example = @b.example\" is not like "
		"\"me@old.example -> me@new.example, @old.example -> @new.example\"\n" },
	{ GOOD "rewrite = 'a@a.example -> @b.example'\n",
		"2: rewrite: \"a@a.example -> @b.example\" gives a whole domain for one "
		"address\n" },
	{ GOOD "rewrite = '@a.example -> b'\n",
		"2: rewrite: \"@a.example -> b\" is not an address: it has no domain\n" },
	{ GOOD "from = 'a@a.example'\nuser-senders = 'x y: @a.example'\n",
		"3: user-senders: \"x y: @a.example\" is not a user\n" },
	{ GOOD "from = 'a@a.example'\nuser-senders = '*: @a.example b'\n",
		"3: user-senders: \"*: @a.example b\" is not an address: it has no "
		"domain\n" },
	{ GOOD "add-header = 'X-Stream=b'\n",
		"2: add-header: \"X-Stream=b\" is no header field\n" },
	{ GOOD "add-header = 'X Stream: b'\n",
		"2: add-header: \"X Stream: b\" is no header field\n" },
	{ GOOD "add-header = ': b'\n", "2: add-header: \": b\" is no header field\n" },
	{ GOOD "add-header = 'X-Stream: b\xc3\xa9'\n",
		"2: add-header: \"X-Stream: b??\" is no header field\n" },
	{ GOOD "senders = '@a.example'\n",
		"2: senders: belongs into an account \"...\" { }\n" },
	{ GOOD "account a {\n" GOOD
	       "senders = 'a'\nusers = 'a b'\nrecipients = '@a..b'\n}\n",
		"4: senders: \"a\" is not an address: it has no domain\n"
		"5: users: \"a b\" is not a user\n"
		"6: recipients: \"@a..b\" is not a domain\n" },
	{ GOOD "fallback = 'b'\naccount a {\n" GOOD "fallback = a\n}\n",
		"2: fallback: there is no account \"b\"\n"
		"5: fallback: this is account \"a\" itself\n" },
	{ GOOD "account a {\n" GOOD "fallback-after = 8d\n}\n",
		"4: fallback-after: \"8d\" is out of range\n" },
	/* All at once, with their lines behind comments of all kinds */
	{ "# one\n"
	  "provider = 'gmail' # no user\n"
	  "/* three\n"
	  "four */ regoin = 'x'\n"
	  "port = abc // five\n"
	  "/* six */\n"
	  "tls = 'none'\n"
	  "idle-exit = soon\n"
	  "secret = 'hunter2'\n",
		"4: regoin: there is no such option\n"
		"5: port: \"abc\" is not a port\n"
		"8: idle-exit: \"soon\" is not a duration\n"
		"9: secret: no secret belongs here, for everybody may read this file\n"
		"2: provider: gmail needs a user\n" },
	/* What comes behind a syntax error is unknown, so nothing is said to be missing */
	{ "provider = 'ses'\nport = 0\nuser = 'AKIA\nregion = 'eu-west-1'\n",
		"2: port: \"0\" is not a port\n"
		"3: the quote is not closed on its line\n" },
	/* A mistyped setting is not missing as well */
	{ "provider = 'gmail'\nusr = 'me@gmail.com'\n",
		"2: usr: there is no such option\n" },
};

static void faults_have_their_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fault_cases) / sizeof(fault_cases[0]); i++) {
		const struct fault_case *c = &fault_cases[i];
		struct buf errors = { 0 }, summary = { 0 };
		struct conf *conf = NULL;

		if (load(c->text, &conf, &errors) != -EINVAL)
			fail_msg("%s\nwas taken", c->text);
		assert_null(conf);
		assert_null(strstr(buf_cstr(&errors), "hunter2"));
		summarize(buf_cstr(&errors), &summary);
		assert_string_equal(buf_cstr(&summary), c->faults);
		buf_free(&errors);
		buf_free(&summary);
	}
}

static void faults_say_what_to_do(void **state)
{
	struct buf errors = { 0 };
	struct conf *conf = NULL;

	(void)state;
	assert_int_equal(
		load(GOOD "retry_min = 5m\npassword = 'x'\noauth-client-secret = 'x'\n",
			&conf, &errors),
		-EINVAL);
	assert_string_equal(buf_cstr(&errors),
		"m.conf:2: retry_min: there is no such option; did you mean retry-min?\n"
		"m.conf:3: password: no secret belongs here, for everybody may read this "
		"file; "
		"put it into " SYSCONFDIR
		"/mailchute/secrets/password (mode 0600) and delete "
		"this line\n"
		"m.conf:4: oauth-client-secret: no secret belongs here, for everybody "
		"may read this file; put it into " SYSCONFDIR
		"/mailchute/secrets/client-secret (mode 0600) and delete this line\n");
	buf_free(&errors);
}

static void files_that_are_none(void **state)
{
	struct buf errors = { 0 };
	struct conf *conf = NULL;
	static char big[1048578];

	(void)state;
	assert_int_equal(conf_load("absent.conf", &conf, &errors), -ENOENT);
	assert_non_null(
		strstr(buf_cstr(&errors), "absent.conf: cannot be read: No such file"));
	assert_int_equal(conf_load(".", &conf, &errors), -EISDIR);
	memset(big, '\n', sizeof(big) - 1);
	assert_int_equal(load(big, &conf, &errors), -EFBIG);
	write_file(FILE_NAME, "host = 'a'\n\0\n", 13, 0644);
	buf_clear(&errors);
	assert_int_equal(conf_load(FILE_NAME, &conf, &errors), -EINVAL);
	assert_string_equal(buf_cstr(&errors),
		"m.conf:2: there is a NUL byte; this has to be a text file\n");
	buf_free(&errors);
}

static const struct preset_case {
	const char *text;
	const char *host;
	unsigned port;
	enum conf_tls tls;
	const char *user;
	unsigned max_recipients;
} preset_cases[] = {
	{ "provider = brevo\nuser = u\n", "smtp-relay.brevo.com", 587, CONF_TLS_STARTTLS,
		"u", 50 },
	{ "provider = sendinblue\nuser = u\n", "smtp-relay.brevo.com", 587,
		CONF_TLS_STARTTLS, "u", 50 },
	{ "provider = gmail\nuser = u\n", "smtp.gmail.com", 465, CONF_TLS_IMPLICIT, "u",
		100 },
	{ "provider = sendgrid\n", "smtp.sendgrid.net", 587, CONF_TLS_STARTTLS, "apikey",
		50 },
	{ "provider = postmark\n", "smtp.postmarkapp.com", 587, CONF_TLS_STARTTLS,
		PROVIDER_USER_IS_SECRET, 50 },
	{ "provider = postmark\nuser = u\n", "smtp.postmarkapp.com", 587,
		CONF_TLS_STARTTLS, "u", 50 },
	{ "provider = ses\nregion = eu-west-1\nuser = u\n",
		"email-smtp.eu-west-1.amazonaws.com", 587, CONF_TLS_STARTTLS, "u", 50 },
	{ "provider = zoho\nuser = u\n", "smtp.zoho.com", 465, CONF_TLS_IMPLICIT, "u",
		50 },
	{ "provider = zoho\nuser = u\nregion = com.au\n", "smtp.zoho.com.au", 465,
		CONF_TLS_IMPLICIT, "u", 50 },
	{ "provider = outlook\nuser = u\ntoken-command = c\n", "smtp-mail.outlook.com",
		587, CONF_TLS_STARTTLS, "u", 50 },
	{ "provider = socketlabs\nuser = u\n", "smtp.socketlabs.com", 587,
		CONF_TLS_STARTTLS, "u", 100 },
	/* What the file says wins, and a port brings its kind of TLS along, and the reverse. */
	{ "provider = ses\nuser = u\nhost = vpce.example.com\n", "vpce.example.com", 587,
		CONF_TLS_STARTTLS, "u", 50 },
	{ "provider = gmail\nuser = u\nport = 587\n", "smtp.gmail.com", 587,
		CONF_TLS_STARTTLS, "u", 100 },
	{ "provider = gmail\nuser = u\ntls = starttls\n", "smtp.gmail.com", 587,
		CONF_TLS_STARTTLS, "u", 100 },
	{ "provider = sendgrid\nport = 465\nmax-recipients = 7\n", "smtp.sendgrid.net",
		465, CONF_TLS_IMPLICIT, "apikey", 7 },
	{ "provider = sendgrid\nhost = 127.0.0.1\ntls = none\nport = 2525\n", "127.0.0.1",
		2525, CONF_TLS_NONE, "apikey", 50 },
	/* No preset */
	{ "host = a.example.com\n", "a.example.com", 587, CONF_TLS_STARTTLS, "", 50 },
	{ "host = a.example.com\ntls = implicit\n", "a.example.com", 465,
		CONF_TLS_IMPLICIT, "", 50 },
	{ "host = a.example.com\nport = 465\n", "a.example.com", 465, CONF_TLS_IMPLICIT,
		"", 50 },
	{ "host = a.example.com\nport = 10025\n", "a.example.com", 10025,
		CONF_TLS_STARTTLS, "", 50 },
	{ "host = localhost\ntls = none\n", "localhost", 25, CONF_TLS_NONE, "", 50 },
	{ "host = '::1'\ntls = none\n", "::1", 25, CONF_TLS_NONE, "", 50 },
	{ "host = 'mail.example.com'\ntls = none\n", "mail.example.com", 25,
		CONF_TLS_NONE, "", 50 },
	{ "host = a.example.com\nprovider = ''\nuser = ''\r\n", "a.example.com", 587,
		CONF_TLS_STARTTLS, "", 50 },
};

static void presets_and_what_wins(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(preset_cases) / sizeof(preset_cases[0]); i++) {
		const struct preset_case *c = &preset_cases[i];
		struct conf *conf = load_good(c->text);

		assert_string_equal(conf->host, c->host);
		assert_int_equal(conf->port, c->port);
		assert_int_equal(conf->tls, c->tls);
		assert_string_equal(conf->user, c->user);
		assert_int_equal(conf->max_recipients, c->max_recipients);
		conf_free(conf);
	}
}

static const struct oauth_case {
	const char *text;
	enum oauth_flow flow;
	const char *token_url;
	const char *other_url; /* where consent is asked for */
	const char *scope;
	const char *origin; /* of the scope */
} oauth_cases[] = {
	{ "oauth = google\n", OAUTH_CODE, "https://oauth2.googleapis.com/token",
		"https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&"
		"prompt=consent",
		"https://mail.google.com/", "preset google" },
	{ "oauth = google-service\n", OAUTH_KEY, "https://oauth2.googleapis.com/token",
		"", "https://mail.google.com/", "preset google-service" },
	{ "oauth = microsoft\n", OAUTH_DEVICE,
		"https://login.microsoftonline.com/common/oauth2/v2.0/token",
		"https://login.microsoftonline.com/common/oauth2/v2.0/devicecode",
		"https://outlook.office.com/SMTP.Send offline_access",
		"preset microsoft" },
	{ "oauth = microsoft-browser\noauth-tenant = example.com\n", OAUTH_CODE,
		"https://login.microsoftonline.com/example.com/oauth2/v2.0/token",
		"https://login.microsoftonline.com/example.com/oauth2/v2.0/authorize",
		"https://outlook.office.com/SMTP.Send offline_access",
		"preset microsoft-browser" },
	{ "oauth = microsoft-app\noauth-tenant = example.com\n", OAUTH_CLIENT,
		"https://login.microsoftonline.com/example.com/oauth2/v2.0/token", "",
		"https://outlook.office365.com/.default", "preset microsoft-app" },
	{ "oauth = custom\noauth-token-url = 'https://a/t'\n", OAUTH_CLIENT,
		"https://a/t", "", "", "built in" },
	{ "oauth = custom\noauth-token-url = 'https://a/t'\n"
	  "oauth-auth-url = 'https://a/a'\n",
		OAUTH_CODE, "https://a/t", "https://a/a", "", "built in" },
	{ "oauth = custom\noauth-token-url = 'https://a/t'\n"
	  "oauth-device-url = 'https://a/d'\noauth-scope = s\n",
		OAUTH_DEVICE, "https://a/t", "https://a/d", "s", "m.conf:7" },
};

static void oauth_presets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(oauth_cases) / sizeof(oauth_cases[0]); i++) {
		const struct oauth_case *c = &oauth_cases[i];
		struct buf text = { 0 }, origin = { 0 };
		struct conf *conf;

		buf_addf(&text, GOOD "user = u\noauth-client-id = c\n%s", c->text);
		conf = load_good(buf_cstr(&text));
		assert_int_equal(oauth_flow(conf), c->flow);
		assert_true(conf_has_token(conf));
		assert_string_equal(conf->oauth_token_url, c->token_url);
		assert_string_equal(*conf->oauth_device_url ? conf->oauth_device_url
							    : conf->oauth_auth_url,
			c->other_url);
		assert_string_equal(conf->oauth_scope, c->scope);
		conf_origin(conf, CONF_KEY_OAUTH_SCOPE, &origin);
		assert_string_equal(buf_cstr(&origin), c->origin);
		conf_free(conf);
		buf_free(&text);
		buf_free(&origin);
	}
}

static void origins(void **state)
{
	static const struct {
		enum conf_key key;
		const char *origin;
	} cases[] = {
		{ CONF_KEY_PROVIDER, "m.conf:2" },
		{ CONF_KEY_USER, "m.conf:3" },
		{ CONF_KEY_HOST, "preset gmail" },
		{ CONF_KEY_PORT, "preset gmail" },
		{ CONF_KEY_TLS, "preset gmail" },
		{ CONF_KEY_MAX_RECIPIENTS, "preset gmail" },
		{ CONF_KEY_RETRY_MIN, "built in" },
		{ CONF_KEY_REGION, "built in" },
	};
	struct conf *conf = load_good("# c\nprovider = gmail\nuser = 'a@gmail.com'\n");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf origin = { 0 };

		conf_origin(conf, cases[i].key, &origin);
		assert_string_equal(buf_cstr(&origin), cases[i].origin);
		buf_free(&origin);
	}
	conf_free(conf);
}

/* A file with a string that never ends must not spoil the next one, as when a service reloads. */
static void a_bad_file_does_not_spoil_the_next(void **state)
{
	struct buf errors = { 0 };
	struct conf *conf = NULL;

	(void)state;
	assert_int_equal(load("host = \"a\nb", &conf, &errors), -EINVAL);
	assert_int_equal(load("host = 'a\nb", &conf, &errors), -EINVAL);
	assert_int_equal(load("host = \"\\400\"", &conf, &errors), -EINVAL);
	conf_free(load_good(GOOD));
	buf_free(&errors);
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		int r;
		unsigned seconds;
		const char *written;
	} cases[] = {
		{ "30s", 0, 30, "30s" },
		{ "5m", 0, 300, "5m" },
		{ "4h", 0, 14400, "4h" },
		{ "2d", 0, 172800, "2d" },
		{ "90", 0, 90, "90s" },
		{ "120", 0, 120, "2m" },
		{ "48h", 0, 172800, "2d" },
		{ "0", 0, 0, "0s" },
		{ "", -EINVAL, 0, NULL },
		{ "m", -EINVAL, 0, NULL },
		{ "5 m", -EINVAL, 0, NULL },
		{ "5M", -EINVAL, 0, NULL },
		{ "-5m", -EINVAL, 0, NULL },
		{ "1h30m", -EINVAL, 0, NULL },
		{ "99999999999", -ERANGE, 0, NULL },
		{ "100000d", -ERANGE, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf written = { 0 };
		unsigned seconds = 0;

		assert_int_equal(
			value_parse_duration(cases[i].text, &seconds), cases[i].r);
		assert_int_equal(seconds, cases[i].seconds);
		if (cases[i].written) {
			value_format_duration(seconds, &written);
			assert_string_equal(buf_cstr(&written), cases[i].written);
		}
		buf_free(&written);
	}
}

static void loopback_hosts(void **state)
{
	(void)state;
	assert_true(value_is_loopback("localhost"));
	assert_true(value_is_loopback("127.0.0.1"));
	assert_true(value_is_loopback("127.8.9.10"));
	assert_true(value_is_loopback("::1"));
	assert_false(value_is_loopback("::"));
	assert_false(value_is_loopback("10.0.0.1"));
	assert_false(value_is_loopback("localhost.example.com"));
}

/* Takes the '#' off each line "#name = value" of TEXT, host left out. */
static void uncomment(const char *text, struct buf *out)
{
	for (; *text; text += strcspn(text, "\n") + 1) {
		size_t n = strcspn(text, "\n");

		if (text[0] == '#' && text[1] >= 'a' && text[1] <= 'z' &&
			strncmp(text, "#host =", 7) != 0)
			buf_add(out, text + 1, n);
	}
}

static void shipped_file_shows_the_built_in_values(void **state)
{
	const char *top = *state;
	struct conf *built_in = load_good(GOOD);
	struct buf shipped = { 0 }, text = { 0 };
	char path[PATH_MAX];
	struct conf *shown;

	snprintf(path, sizeof(path), "%s/etc/mailchute.conf", top);
	assert_int_equal(io_read_file(AT_FDCWD, path, 65536, &shipped), 0);
	buf_adds(&text, GOOD);
	uncomment(buf_cstr(&shipped), &text);
	shown = load_good(buf_cstr(&text));
	for (enum conf_key key = 0; key < CONF_KEY_COUNT; key++) {
		struct buf name = { 0 }, a = { 0 }, b = { 0 };

		buf_addf(&name,
			"\n#%s%s = ", option_scope(key) == OPTION_ROUTE ? "     " : "",
			conf_key_name(key));
		if (!strstr(buf_cstr(&shipped), buf_cstr(&name)))
			fail_msg("%s is not in %s", conf_key_name(key), path);
		conf_key_value(built_in, key, &a);
		conf_key_value(shown, key, &b);
		assert_string_equal(buf_cstr(&a), buf_cstr(&b));
		buf_free(&name);
		buf_free(&a);
		buf_free(&b);
	}
	conf_free(built_in);
	conf_free(shown);
	buf_free(&shipped);
	buf_free(&text);
}

static void accounts_are_complete(void **state)
{
	struct conf *conf = load_good(GOOD "user = 'u'\nfrom = 'a@example.com'\n"
					   "hostname = 'h.example.com'\nport = 25\n"
					   "account 'office' { provider = 'gmail'\n"
					   "user = 'b' }\n"
					   "account bulk {\nprovider = sendgrid\n"
					   "max-connections = 5 }\nexpire = 3d\n");
	const struct conf *office = conf_find_account(conf, "office");
	const struct conf *bulk = conf_account(conf, 2);
	struct buf origin = { 0 };

	(void)state;
	assert_int_equal(conf->account_count, 2);
	assert_ptr_equal(conf_find_account(conf, "default"), conf);
	assert_ptr_equal(conf_account(conf, 1), office);
	assert_null(conf_find_account(conf, "offic"));
	assert_string_equal(conf->host, "mail.example.com");
	assert_string_equal(office->host, "smtp.gmail.com");
	assert_string_equal(office->user, "b");
	assert_string_equal(office->from, "");
	assert_int_equal(office->port, 465);
	assert_string_equal(office->hostname, "h.example.com");
	assert_int_equal(office->expire_s, 3 * 86400);
	assert_string_equal(bulk->name, "bulk");
	assert_string_equal(bulk->user, "apikey");
	assert_int_equal(bulk->max_connections, 5);
	conf_origin(office, CONF_KEY_HOSTNAME, &origin);
	assert_string_equal(buf_cstr(&origin), "m.conf:4");
	buf_free(&origin);
	conf_free(conf);
}

static void routes(void **state)
{
	static const struct {
		struct route_key key;
		size_t account;
	} cases[] = {
		{ { "x@example.com", 5, NULL, "y@example.com" }, 0 },
		{ { "a@example.org", 5, NULL, "y@example.com" }, 1 },
		{ { "a@EXAMPLE.ORG", 5, NULL, "y@example.com" }, 1 },
		{ { "A@example.org", 5, NULL, "y@example.com" }, 1 },
		{ { "any@b.example", 5, NULL, "y@example.com" }, 1 },
		{ { "any@m\303\274ller.example", 5, NULL, "y@example.com" }, 1 },
		{ { "any@c.b.example", 5, NULL, "y@example.com" }, 0 },
		{ { "any@ab.example", 5, NULL, "y@example.com" }, 0 },
		{ { "", 33, NULL, "y@example.com" }, 0 },
		{ { "", 33, "www-data", "y@example.com" }, 2 },
		{ { "", 33, "www", "y@example.com" }, 0 },
		{ { "", 1000, "x", "y@example.com" }, 2 },
		{ { "", ROUTE_UID_UNKNOWN, NULL, "y@example.com" }, 0 },
		{ { "", 5, NULL, "y@d.example" }, 3 },
		/* the order of the file */
		{ { "a@example.org", 1000, NULL, "y@d.example" }, 1 },
		{ { "", 1000, NULL, "y@d.example" }, 2 },
	};
	struct conf *conf = load_good(
		GOOD "account a { host = a.example\n"
		     "senders = 'a@example.org, ,@B.example, @m\303\274ller.example' }\n"
		     "account b { host = b.example\nusers = 'www-data,1000' }\n"
		     "account c { host = c.example\nrecipients = '@d.example' }\n");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (route_find(conf, &cases[i].key) != cases[i].account)
			fail_msg("case %zu", i);
	}
	conf_free(conf);
}

static void senders_become_others(void **state)
{
	static const struct {
		const char *address, *mapped;
	} cases[] = {
		{ "root@host.example", "admin@example.org" },
		{ "root@HOST.example", "admin@example.org" },
		{ "joe@host.example", "joe@example.org" },
		{ "joe@sub.host.example", "joe@sub.host.example" },
		{ "any@all.example", "one@example.org" },
		{ "one@example.org", "one@example.org" }, /* once, not again */
		{ "admin@example.org", "x@example.net" },
		{ "joe", "joe" },
		{ "a@b@host.example", "a@b@example.org" },
	};
	struct conf *conf = load_good(
		GOOD "rewrite = '@host.example -> @example.org, root@host.example -> "
		     "admin@example.org, @all.example->one@example.org, "
		     "admin@example.org -> x@example.net'\n");
	char to[ADDRESS_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
			sender_map(conf, cases[i].address, to), cases[i].mapped);
	conf_free(conf);
}

static void senders_that_are_kept(void **state)
{
	static const struct {
		struct sender_user user;
		const char *address;
		bool kept;
	} cases[] = {
		{ { 0, "root" }, "server@example.org", true }, /* from itself */
		{ { 33, "www-data" }, "server@example.org", true },
		{ { 0, "root" }, "x@shop.example", true }, /* not in the list, but * is */
		{ { 0, "root" }, "x@example.org", false },
		{ { 33, "www-data" }, "Server@example.org", true },
		{ { 33, "www-data" }, "web@example.org", true },
		{ { 33, "www-data" }, "Web@Example.org", true },
		{ { 33, "www-data" }, "x@shop.example", false },
		{ { 33, NULL }, "web@example.org", false },
		{ { 1000, "ann" }, "ann@example.org", true },
		{ { 1000, "ann" }, "a@example.org", true },
		{ { 1000, "ann" }, "b@example.org", false },
		{ { 1000, "ann" }, "x@elsewhere.example", false }, /* not allowed */
		{ { ROUTE_UID_UNKNOWN, NULL }, "x@shop.example", true },
		{ { ROUTE_UID_UNKNOWN, NULL }, "ann@example.org", false },
	};
	struct conf *conf = load_good(
		GOOD "from = 'server@example.org'\n"
		     "allowed-senders = '@example.org, @shop.example'\n"
		     "user-senders = 'www-data: web@example.org, 1000: ann@example.org "
		     "@elsewhere.example, *: @shop.example, 1000: a@example.org'\n");
	struct conf *plain = load_good(GOOD "from = 'server@example.org'\n");
	struct conf *some = load_good(
		GOOD "from = 'server@example.org'\nallowed-senders = '@shop.example'\n"
		     "user-senders = 'www-data: web@example.org'\n");
	struct conf *open = load_good(GOOD);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (sender_is_kept(conf, &cases[i].user, cases[i].address) !=
			cases[i].kept)
			fail_msg("case %zu", i);
		assert_true(sender_is_kept(open, &cases[i].user, cases[i].address));
	}
	assert_false(sender_is_kept(plain, &cases[0].user, "x@shop.example"));
	/* without a rule for all, who is not in the list is free, but who is not known is not */
	assert_true(sender_is_kept(
		some, &(struct sender_user){ 0, "root" }, "x@shop.example"));
	assert_false(sender_is_kept(some,
		&(struct sender_user){ ROUTE_UID_UNKNOWN, NULL }, "x@shop.example"));
	conf_free(conf);
	conf_free(some);
	conf_free(plain);
	conf_free(open);
}

static const struct password_case {
	const char *content;
	size_t n;
	mode_t mode;
	int r;
	const char *expected; /* the password, or part of the words */
} password_cases[] = {
	{ "hunter2\n", 8, 0600, 0, "hunter2" },
	{ "hunter2", 7, 0400, 0, "hunter2" },
	{ " two words \n", 12, 0600, 0, " two words " },
	{ "hunter2\n", 8, 0640, -EPERM, "chmod 600" },
	{ "hunter2\n", 8, 0604, -EPERM, "chmod 600" },
	{ "", 0, 0600, -EINVAL, "is empty" },
	{ "\n", 1, 0600, -EINVAL, "is empty" },
	{ "hunter2\n\n", 9, 0600, -EINVAL, "line break" },
	{ "hun\nter2\n", 9, 0600, -EINVAL, "line break" },
	{ "hunter2\r\n", 9, 0600, -EINVAL, "line break" },
	{ "hun\0ter2", 8, 0600, -EINVAL, "NUL" },
};

static struct conf *load_password_file(void)
{
	char here[PATH_MAX / 2], text[PATH_MAX];

	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(text, sizeof(text), "%suser = u\npassword-file = '%s/pw'\n", GOOD, here);
	return load_good(text);
}

static void password_from_a_file(void **state)
{
	struct conf *conf = load_password_file();

	(void)state;
	for (size_t i = 0; i < sizeof(password_cases) / sizeof(password_cases[0]); i++) {
		const struct password_case *c = &password_cases[i];
		CLEANUP_FREE char *password = NULL;
		char error[512] = "";

		write_file("pw", c->content, c->n, c->mode);
		assert_int_equal(
			conf_password(conf, &password, error, sizeof(error)), c->r);
		if (c->r == 0) {
			assert_string_equal(password, c->expected);
			continue;
		}
		assert_null(password);
		assert_non_null(strstr(error, c->expected));
		assert_non_null(strstr(error, "/pw"));
		assert_null(strstr(error, "hunter2"));
	}
	conf_free(conf);
}

static void password_length_is_bounded(void **state)
{
	struct conf *conf = load_password_file();
	CLEANUP_FREE char *password = NULL;
	char error[512] = "", bytes[4098];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	write_file("pw", bytes, 4097, 0600);
	assert_int_equal(conf_password(conf, &password, error, sizeof(error)), -EFBIG);
	bytes[4096] = '\n';
	write_file("pw", bytes, 4097, 0600);
	assert_int_equal(conf_password(conf, &password, error, sizeof(error)), 0);
	assert_int_equal(strlen(password), 4096);
	conf_free(conf);
}

static void password_missing(void **state)
{
	struct conf *conf = load_password_file();
	struct conf *plain = load_good(GOOD "user = u\n");
	char *password = NULL;
	char error[512] = "";

	(void)state;
	unlink("pw");
	assert_int_equal(conf_password(conf, &password, error, sizeof(error)), -ENOENT);
	assert_non_null(strstr(error, "/pw"));
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_true(conf_password(plain, &password, error, sizeof(error)) < 0);
	assert_non_null(strstr(error, SYSCONFDIR "/mailchute/secrets/password"));
	conf_free(plain);
	conf_free(conf);
}

static void password_of_an_account(void **state)
{
	struct conf *conf =
		load_good(GOOD "account office { host = 'a.example.com'\nuser = u }\n");
	const struct conf *office = conf_find_account(conf, "office");
	CLEANUP_FREE char *password = NULL;
	char error[512] = "";

	(void)state;
	assert_true(conf_password(office, &password, error, sizeof(error)) < 0);
	assert_non_null(strstr(error, SYSCONFDIR "/mailchute/secrets/password-office"));
	write_file("secret_password", "hunter2\n", 8, 0440);
	write_file("secret_password-office", "hunter3\n", 8, 0440);
	setenv("CREDENTIALS_DIRECTORY", ".", 1);
	assert_int_equal(conf_password(office, &password, error, sizeof(error)), 0);
	assert_string_equal(password, "hunter3");
	unsetenv("CREDENTIALS_DIRECTORY");
	unlink("secret_password");
	unlink("secret_password-office");
	conf_free(conf);
}

static void password_from_a_credential(void **state)
{
	struct conf *conf = load_good(GOOD "user = u\n");
	CLEANUP_FREE char *password = NULL;
	char error[512] = "";

	(void)state;
	write_file("secret_password", "hunter2\n", 8,
		0440); /* as systemd does with an ACL */
	setenv("CREDENTIALS_DIRECTORY", ".", 1);
	assert_int_equal(conf_password(conf, &password, error, sizeof(error)), 0);
	assert_string_equal(password, "hunter2");
	unsetenv("CREDENTIALS_DIRECTORY");
	unlink("secret_password");
	conf_free(conf);
}

int main(void)
{
	static char top[PATH_MAX], directory[] = "/tmp/test-conf-XXXXXX";
	const char *srcdir = getenv("top_srcdir");
	int failed;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_have_their_lines),
		cmocka_unit_test(faults_say_what_to_do),
		cmocka_unit_test(files_that_are_none),
		cmocka_unit_test(presets_and_what_wins),
		cmocka_unit_test(oauth_presets),
		cmocka_unit_test(origins),
		cmocka_unit_test(a_bad_file_does_not_spoil_the_next),
		cmocka_unit_test(durations),
		cmocka_unit_test(loopback_hosts),
		cmocka_unit_test_prestate(shipped_file_shows_the_built_in_values, top),
		cmocka_unit_test(password_from_a_file),
		cmocka_unit_test(password_length_is_bounded),
		cmocka_unit_test(password_missing),
		cmocka_unit_test(password_from_a_credential),
		cmocka_unit_test(password_of_an_account),
		cmocka_unit_test(accounts_are_complete),
		cmocka_unit_test(routes),
		cmocka_unit_test(senders_become_others),
		cmocka_unit_test(senders_that_are_kept),
	};

	if (!realpath(srcdir ? srcdir : ".", top) || !mkdtemp(directory) ||
		chdir(directory) < 0)
		return EXIT_FAILURE;
	failed = cmocka_run_group_tests_name("conf", tests, NULL, NULL);
	unlink(FILE_NAME);
	unlink("pw");
	rmdir(directory);
	return failed;
}
