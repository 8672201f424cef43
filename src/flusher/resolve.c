/* SPDX-License-Identifier: ISC */
#include "flusher/resolve.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "mail/address.h"
#include "mail/mailname.h"

static bool is_host_name(const char *domain)
{
	char host[MAILNAME_MAX] = "";

	gethostname(host, sizeof(host) - 1);
	return strcasecmp(domain, host) == 0;
}

static bool is_mail_name(const char *domain)
{
	char name[MAILNAME_MAX];

	mailname_get(name);
	return strcasecmp(domain, name) == 0;
}

/*
 * The mail name may be a domain that has mailboxes elsewhere (example.org), so only root is taken
 * as local there; the names of the machine itself have no mailboxes but local ones.
 */
static bool is_local(const struct conf *conf, const char *address)
{
	const char *domain = address_domain(address);
	bool is_root;

	if (!domain)
		return true;
	if (strcasecmp(domain, "localhost") == 0 || is_host_name(domain))
		return true;
	is_root = strncmp(address, "root@", 5) == 0;
	return is_root &&
	       (strcasecmp(domain, conf->hostname) == 0 || is_mail_name(domain));
}

int resolve_recipient(const struct conf *conf, const char *address, char **ret)
{
	char *resolved;

	if (is_local(conf, address)) {
		if (!*conf->root)
			return -ENOENT;
		address = conf->root;
	}
	resolved = strdup(address);
	if (!resolved)
		return -ENOMEM;
	*ret = resolved;
	return 0;
}

char *resolve_sender(const struct conf *conf, const char *address)
{
	char *qualified;

	if (!*address || address_domain(address))
		return strdup(address);
	return asprintf(&qualified, "%s@%s", address, conf->hostname) < 0 ? NULL
									  : qualified;
}
