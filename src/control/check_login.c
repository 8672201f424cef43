/* SPDX-License-Identifier: ISC */
#include "control/check.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "courier/login.h"

#define DAYS_SHORT 14 /* a certificate that ends sooner is worth a word */
#define PORT_MS	   CLIENT_WAIT(5000)

/* What the connection has come to. */
struct progress {
	struct steps *steps;
	bool failed;
	enum stage stage;
};

static void client_step(void *context, enum stage stage, bool ok, const char *words)
{
	struct progress *progress = context;

	if (ok)
		steps_tell(progress->steps, STEP_OK, stage_name(stage), "", "%s", words);
	else
		*progress = (struct progress){
			.steps = progress->steps, .failed = true, .stage = stage
		};
}

static void tell_certificate(struct steps *s, const struct client *client)
{
	struct pins pins;
	int days = tls_peer_days_left(&client->stream);

	if (days == INT_MAX)
		return;
	steps_tell(s, days < DAYS_SHORT ? STEP_WARN : STEP_OK, "certificate",
		days < DAYS_SHORT ? "its owner should renew it" : "",
		"valid, %d days left", days);
	tls_peer_pins(&client->stream, &pins);
	steps_tell(s, STEP_OK, "fingerprint", "", "%s", pins.certificate);
	steps_tell(s, STEP_OK, "of its key", "", "%s", pins.key);
}

/* What the preset knows about the login, where the server's words are scarce. */
static void add_advice(const struct conf *conf, struct buf *out)
{
	const struct provider *p = conf->provider;

	if (p)
		buf_addf(out, "with %s, user is %s; the password is %s", p->title,
			p->user_advice, p->secret_advice);
}

/* Its code is what a provider's help pages are searched for. */
static void tell_trouble(struct steps *s, const struct conf *conf, const char *name,
	const struct outcome *trouble)
{
	CLEANUP(buf_free) struct buf hint = { 0 };
	char code[32] = "";

	if (trouble->code)
		snprintf(code, sizeof(code), "%d %s%s", trouble->code, trouble->enhanced,
			*trouble->enhanced ? " " : "");
	if (trouble->blame == BLAME_ACCOUNT)
		add_advice(conf, &hint);
	steps_tell(s, STEP_FAIL, name, buf_cstr(&hint) ? hint.data : "", "%s%s", code,
		trouble->text);
}

static int failure_status(
	int r, const struct progress *progress, const struct outcome *trouble)
{
	if (r == -ENOMEM || trouble->blame == BLAME_OURSELVES)
		return EX_OSERR;
	if (trouble->code >= 400 && trouble->code < 500)
		return EX_TEMPFAIL;
	if (r == -ETIMEDOUT || (progress->failed && progress->stage == STAGE_CONNECT))
		return EX_TEMPFAIL;
	return trouble->blame == BLAME_ACCOUNT && trouble->code ? EX_NOPERM
								: EX_UNAVAILABLE;
}

/* Whether mail would be taken, from whom most of it comes to where root's mail goes. */
static int check_envelope(
	struct steps *s, const struct conf *conf, struct client *client, const char *to)
{
	CLEANUP(buf_free) struct buf root = { 0 };
	struct outcome trouble;
	enum stage stage;
	int r;

	buf_addf(&root, "root@%s", conf->hostname);
	if (!to || !buf_cstr(&root))
		return EX_OK;
	r = client_probe(
		client, *conf->from ? conf->from : root.data, to, &stage, &trouble);
	if (r == 0)
		steps_tell(s, STEP_OK, "envelope", "",
			"would take mail of %s for %s; nothing was sent",
			*conf->from ? conf->from : root.data, to);
	else if (r != -EINVAL)
		tell_trouble(s, conf, stage_name(stage), &trouble);
	return r == 0 || r == -EINVAL ? EX_OK : EX_UNAVAILABLE;
}

static int connect_and_login(struct steps *s, const struct conf *conf,
	const char *password, struct tls_context *tls_context, const char *to)
{
	struct progress progress = { .steps = s };
	struct client_options options = login_options(conf);
	struct outcome trouble = { 0 };
	struct client client;
	int r;

	options.tls_context = tls_context;
	options.password = password;
	options.step = client_step;
	options.step_context = &progress;
	r = login_open(conf, &options, &client, &trouble);
	if (r == 0) {
		tell_certificate(s, &client);
		r = check_envelope(s, conf, &client, to);
		client_close(&client);
		return r;
	}
	tell_trouble(s, conf, progress.failed ? stage_name(progress.stage) : "session",
		&trouble);
	return failure_status(r, &progress, &trouble);
}

/* With the password in hand, or "". */
static int check_with(
	struct steps *s, const struct conf *conf, const char *password, const char *to)
{
	struct tls_context *tls_context = NULL;
	char error[CONF_PATH_MAX + 512];
	int status;

	if (login_tls(conf, &tls_context, error, sizeof(error)) < 0) {
		steps_tell(s, STEP_FAIL, "certificates", "", "%s", error);
		return EX_CONFIG;
	}
	status = connect_and_login(s, conf, password, tls_context, to);
	tls_context_free(tls_context);
	return status;
}

/* False if the name leads nowhere: there is nothing more to try. */
static bool check_name(struct steps *s, const struct conf *conf)
{
	CLEANUP(buf_free) struct buf addresses = { 0 };
	char error[512];

	if (net_addresses(conf->host, &addresses, error, sizeof(error)) < 0) {
		steps_tell(s, STEP_FAIL, "DNS", "", "%s", error);
		return false;
	}
	steps_tell(
		s, STEP_OK, "DNS", "", "%s", buf_cstr(&addresses) ? addresses.data : "");
	return true;
}

/* The further ports of the preset, which are taken where the first one is blocked. */
static void check_ports(struct steps *s, const struct conf *conf)
{
	const struct provider *p = conf->provider;
	char relay[NET_RELAY_MAX], error[512], name[16];

	for (size_t i = 0; p && i < provider_port_count(p); i++) {
		int fd;

		if (p->ports[i] == conf->port || conf->lines[CONF_KEY_PORT] >= 0)
			continue;
		snprintf(name, sizeof(name), "port %u", p->ports[i]);
		fd = net_connect(conf->host, p->ports[i], PORT_MS,
			clock_mono_ms() + PORT_MS, relay, error, sizeof(error));
		if (fd >= 0)
			steps_tell(s, STEP_OK, name, "", "open, if %u should be blocked",
				conf->port);
		else
			steps_tell(s, STEP_WARN, name, "", "%s", error);
		if (fd >= 0)
			close(fd);
	}
}

/* That it is there; and if it has the look of what people take for it. */
static void tell_secret(struct steps *s, const struct conf *conf, const char *password)
{
	const struct provider *p = conf->provider;
	CLEANUP(buf_free) struct buf hint = { 0 };

	if (conf_has_token(conf)) {
		steps_tell(s, STEP_OK, "token", "", "read");
	} else if (*password == ' ' ||
		   (*password && password[strlen(password) - 1] == ' ')) {
		steps_tell(s, STEP_WARN, "password",
			"if that was not meant, take it out of the file",
			"read, with a blank at its start or end");
	} else if (p && p->secret_not && fnmatch(p->secret_not, password, 0) == 0) {
		add_advice(conf, &hint);
		steps_tell(s, STEP_WARN, "password", buf_cstr(&hint) ? hint.data : "",
			"read, but it does not look like the right kind");
	} else {
		steps_tell(s, STEP_OK, "password", "", "read");
	}
}

int check_login(struct steps *s, const struct conf *conf, const char *to)
{
	const char *secret = conf_has_token(conf) ? "token" : "password";
	char *password = NULL;
	char error[CONF_PATH_MAX + 512];
	int status, r;

	steps_section(s, "%s%s%s%s, port %u", conf->line ? "account " : "",
		conf->line ? conf->name : "", conf->line ? ": " : "", conf->host,
		conf->port);
	if (!strchr(conf->hostname, '.'))
		steps_tell(s, STEP_WARN, "hostname", "set hostname",
			"%s is no full name, and some servers want one", conf->hostname);
	if (!check_name(s, conf))
		return EX_TEMPFAIL;
	check_ports(s, conf);
	if (!login_has_secret(conf))
		return check_with(s, conf, "", to);
	/* a new token, for one that is kept does not tell if there will be others */
	r = login_secret(conf, true, LOGIN_COMMAND_MS, &password, error, sizeof(error));
	if (r < 0) {
		CLEANUP(buf_free) struct buf hint = { 0 };

		if (!*conf->oauth) /* whose words say what to do */
			add_advice(conf, &hint);
		steps_tell(s, STEP_FAIL, secret, buf_cstr(&hint) ? hint.data : "", "%s",
			error);
		return r == -EAGAIN ? EX_TEMPFAIL : EX_NOPERM;
	}
	tell_secret(s, conf, password);
	status = check_with(s, conf, password, to);
	text_wipe(password);
	return status;
}
