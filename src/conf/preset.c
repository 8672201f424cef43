/* SPDX-License-Identifier: ISC */
/* What the preset, custom and the machine make of what the file leaves out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/draft.h"
#include "mail/mailname.h"

/* What is spoken on the ports that have a custom (RFC 8314 section 7.3, and the providers'). */
static const struct {
	uint16_t port;
	enum conf_tls tls;
} customs[] = {
	{ 25, CONF_TLS_STARTTLS },
	{ 443, CONF_TLS_IMPLICIT },
	{ 465, CONF_TLS_IMPLICIT },
	{ 587, CONF_TLS_STARTTLS },
	{ 588, CONF_TLS_STARTTLS },
	{ 2465, CONF_TLS_IMPLICIT },
	{ 2525, CONF_TLS_STARTTLS },
	{ 2587, CONF_TLS_STARTTLS },
};

bool conf_port_tls(uint16_t port, enum conf_tls *ret)
{
	for (size_t i = 0; i < sizeof(customs) / sizeof(customs[0]); i++) {
		if (customs[i].port == port) {
			*ret = customs[i].tls;
			return true;
		}
	}
	return false;
}

static uint16_t usual_port(enum conf_tls tls)
{
	switch (tls) {
	case CONF_TLS_STARTTLS: return 587;
	case CONF_TLS_IMPLICIT: return 465;
	case CONF_TLS_NONE: break;
	}
	return 25;
}

/* The preset has something for what the file does not set. */
static bool takes(struct draft *d, enum conf_key key, bool has)
{
	if (!has || d->conf->lines[key] > 0)
		return false;
	d->conf->lines[key] = -1;
	return true;
}

static int set_string(char **member, char *copy)
{
	if (!copy)
		return -ENOMEM;
	free(*member);
	*member = copy;
	return 0;
}

static int set_host(struct conf *conf)
{
	const char *host = conf->provider->host, *region = strstr(host, "%s");
	struct buf name = { 0 };

	buf_add(&name, host, region ? (size_t)(region - host) : strlen(host));
	if (region)
		buf_addf(&name, "%s%s", conf->region, region + 2);
	return set_string(&conf->host, buf_steal(&name));
}

static int set_preset(struct draft *d, const struct provider *p)
{
	struct conf *conf = d->conf;
	int r = 0;

	if (takes(d, CONF_KEY_REGION, p->region))
		r = set_string(&conf->region, strdup(p->region));
	if (r == 0 && takes(d, CONF_KEY_HOST, true))
		r = set_host(conf);
	if (r == 0 && takes(d, CONF_KEY_USER, p->user))
		r = set_string(&conf->user, strdup(p->user));
	if (takes(d, CONF_KEY_NULL_SENDER, true))
		conf->null_sender = p->null_sender;
	if (takes(d, CONF_KEY_MAX_MESSAGES, p->max_messages))
		conf->max_messages = p->max_messages;
	if (takes(d, CONF_KEY_MAX_RECIPIENTS, p->max_recipients))
		conf->max_recipients = p->max_recipients;
	if (r == 0 && takes(d, CONF_KEY_RATE, p->rate))
		r = set_string(&conf->rate, strdup(p->rate));
	return r;
}

/* A port or a kind of TLS that is given by itself brings the other one with it. */
static void set_port_and_tls(struct draft *d, const struct provider *p)
{
	struct conf *conf = d->conf;
	bool tls_given = conf->lines[CONF_KEY_TLS] > 0;
	bool has_port = p && p->ports[0] && !tls_given;

	if (conf->lines[CONF_KEY_PORT] > 0) {
		if (!tls_given && !conf_port_tls(conf->port, &conf->tls) && p &&
			conf_port_tls(p->ports[0], &conf->tls))
			conf->lines[CONF_KEY_TLS] = -1;
	} else if (takes(d, CONF_KEY_PORT, has_port)) {
		conf->port = p->ports[0];
		takes(d, CONF_KEY_TLS, conf_port_tls(conf->port, &conf->tls));
	} else {
		conf->port = usual_port(conf->tls);
	}
}

static int set_hostname(struct conf *conf)
{
	char name[MAILNAME_MAX];

	if (conf->lines[CONF_KEY_HOSTNAME] > 0)
		return 0;
	mailname_get(name);
	return set_string(&conf->hostname, strdup(name));
}

int draft_fill(struct draft *d)
{
	const struct provider *p = d->conf->provider;
	int r = p ? set_preset(d, p) : 0;

	set_port_and_tls(d, p);
	if (r == 0)
		r = draft_fill_oauth(d);
	return r < 0 ? r : set_hostname(d->conf);
}
