/* SPDX-License-Identifier: ISC */
/* Also the part of draft.h that concerns OAuth2: draft_fill_oauth() and draft_check_oauth(). */
#include "conf/oauth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/draft.h"

#define URL_MAX	 2048
#define TEXT_MAX 1024

/* %s is the tenant. */
struct oauth {
	const char *name;
	enum oauth_flow flow;
	const char *tenant;
	const char *scope;
	const char *auth_url;
	const char *token_url;
	const char *device_url;
	const char *redirect; /* the host at which the browser ends, which is this one */
};

#define MICROSOFT	"https://login.microsoftonline.com/%s/oauth2/v2.0/"
#define MICROSOFT_SCOPE "https://outlook.office.com/SMTP.Send offline_access"

static const struct oauth presets[] = {
	/* Its device flow refuses the scope for mail; a refresh token comes for these words. */
	{ "google", OAUTH_CODE, "", "https://mail.google.com/",
		"https://accounts.google.com/o/oauth2/v2/"
		"auth?access_type=offline&prompt=consent",
		"https://oauth2.googleapis.com/token", "", "127.0.0.1" },
	{ "google-service", OAUTH_KEY, "", "https://mail.google.com/", "",
		"https://oauth2.googleapis.com/token", "", "" },
	{ "microsoft", OAUTH_DEVICE, "common", MICROSOFT_SCOPE, "", MICROSOFT "token",
		MICROSOFT "devicecode", "" },
	/* It takes any port of the host that is registered, and that is mostly this name. */
	{ "microsoft-browser", OAUTH_CODE, "common", MICROSOFT_SCOPE,
		MICROSOFT "authorize", MICROSOFT "token", "", "localhost" },
	/* No tenant: its tokens are for one organization, never for all. */
	{ "microsoft-app", OAUTH_CLIENT, "", "https://outlook.office365.com/.default", "",
		MICROSOFT "token", "", "" },
	{ "custom", OAUTH_CLIENT, "", "", "", "", "", "127.0.0.1" },
};

static const struct oauth *find(const char *name)
{
	for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++) {
		if (strcmp(presets[i].name, name) == 0)
			return &presets[i];
	}
	return NULL;
}

enum oauth_flow oauth_flow(const struct conf *conf)
{
	const struct oauth *o = find(conf->oauth);

	if (o && strcmp(o->name, "custom") != 0)
		return o->flow;
	return *conf->oauth_device_url ? OAUTH_DEVICE
	       : *conf->oauth_auth_url ? OAUTH_CODE
				       : OAUTH_CLIENT;
}

const char *oauth_redirect_host(const struct conf *conf)
{
	const struct oauth *o = find(conf->oauth);

	return o ? o->redirect : "";
}

bool oauth_has_refresh_token(const struct conf *conf)
{
	return oauth_flow(conf) == OAUTH_CODE || oauth_flow(conf) == OAUTH_DEVICE;
}

const char *oauth_refuse_name(const char *value)
{
	return find(value) ? NULL
			   : "is not known; write \"google\", \"google-service\", "
			     "\"microsoft\", \"microsoft-browser\", "
			     "\"microsoft-app\" or \"custom\"";
}

const char *oauth_refuse_url(const char *value)
{
	size_t n = strlen(value);

	if (strncmp(value, "https://", 8) != 0 || n == 8)
		return "is no URL that a token may go to; it has to start with https://";
	for (size_t i = 0; i < n; i++) {
		if (value[i] <= ' ' || value[i] > '~' || value[i] == '#')
			return "is no URL; it may have neither blanks, # nor letters "
			       "beyond ASCII";
	}
	return n <= URL_MAX ? NULL : "is too long for a URL";
}

const char *oauth_refuse_tenant(const char *value)
{
	size_t good = strspn(value, "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");

	return good <= 253 && value[good] == '\0'
		       ? NULL
		       : "is no tenant; write its id or its domain";
}

const char *oauth_refuse_text(const char *value)
{
	return strlen(value) <= TEXT_MAX ? NULL : "is too long";
}

/* The preset's value for KEY, unless the file has one. 0 or -ENOMEM. */
static int fill(struct draft *d, enum conf_key key, char **member, const char *value)
{
	const char *hole = strstr(value, "%s");
	struct buf text = { 0 };
	char *copy;

	if (!*value || d->conf->lines[key] > 0)
		return 0;
	buf_add(&text, value, hole ? (size_t)(hole - value) : strlen(value));
	if (hole)
		buf_addf(&text, "%s%s", d->conf->oauth_tenant, hole + 2);
	copy = buf_steal(&text);
	if (!copy)
		return -ENOMEM;
	free(*member);
	*member = copy;
	d->conf->lines[key] = -1;
	return 0;
}

int draft_fill_oauth(struct draft *d)
{
	struct conf *conf = d->conf;
	const struct oauth *o = find(conf->oauth);
	int r = 0;

	if (!o)
		return 0;
	r = fill(d, CONF_KEY_OAUTH_TENANT, &conf->oauth_tenant, o->tenant);
	if (r == 0)
		r = fill(d, CONF_KEY_OAUTH_SCOPE, &conf->oauth_scope, o->scope);
	if (r == 0)
		r = fill(d, CONF_KEY_OAUTH_AUTH_URL, &conf->oauth_auth_url, o->auth_url);
	if (r == 0)
		r = fill(d, CONF_KEY_OAUTH_TOKEN_URL, &conf->oauth_token_url,
			o->token_url);
	if (r == 0)
		r = fill(d, CONF_KEY_OAUTH_DEVICE_URL, &conf->oauth_device_url,
			o->device_url);
	return r;
}

static bool missing(const struct draft *d, enum conf_key key)
{
	return d->whole && d->conf->lines[key] <= 0 && !(d->meant & (UINT64_C(1) << key));
}

/* What goes with "oauth" is of no use without it. */
static void check_alone(struct draft *d)
{
	for (enum conf_key key = CONF_KEY_OAUTH + 1; key <= CONF_KEY_OAUTH_LAST; key++) {
		if (d->conf->lines[key] > 0)
			fault_add(d->faults, d->conf->lines[key],
				"%s: add oauth = \"...\", which it belongs to",
				conf_key_name(key));
	}
}

void draft_check_oauth(struct draft *d)
{
	const struct conf *conf = d->conf;
	const struct oauth *o = find(conf->oauth);
	int line = conf->lines[CONF_KEY_OAUTH];

	if (!o && missing(d, CONF_KEY_OAUTH))
		check_alone(d);
	if (!o)
		return;
	if (o->flow != OAUTH_KEY && missing(d, CONF_KEY_OAUTH_CLIENT_ID))
		fault_add(d->faults, line,
			"oauth: add oauth-client-id = \"...\", which you get where you "
			"register the client; see mailchute.conf(5)");
	if (strstr(o->token_url, "%s") && !*o->tenant &&
		missing(d, CONF_KEY_OAUTH_TENANT) && missing(d, CONF_KEY_OAUTH_TOKEN_URL))
		fault_add(d->faults, line,
			"oauth: %s needs a tenant; add oauth-tenant = \"...\"", o->name);
	if (!*o->token_url && missing(d, CONF_KEY_OAUTH_TOKEN_URL))
		fault_add(d->faults, line,
			"oauth: add oauth-token-url = \"https://...\", where tokens come "
			"from");
}
