/* SPDX-License-Identifier: ISC */
#include "mail/local.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

void local_get(struct local *local, const char *hostname)
{
	*local = (struct local){ .hostname = hostname };
	gethostname(local->host, sizeof(local->host) - 1);
	mailname_get(local->mail);
}

static bool is_machine(const struct local *local, const char *domain)
{
	return strcasecmp(domain, "localhost") == 0 ||
	       strcasecmp(domain, "localhost.localdomain") == 0 ||
	       strcasecmp(domain, local->host) == 0;
}

static bool is_mail_name(const struct local *local, const char *domain)
{
	return strcasecmp(domain, local->hostname) == 0 ||
	       strcasecmp(domain, local->mail) == 0;
}

/* The N octets of a local part as a name: "Root", quotes included, is root. */
static void copy_name(const char *s, size_t n, char name[LOCAL_NAME_SIZE])
{
	bool quoted = n >= 2 && *s == '"';
	const char *end = s + n - quoted;
	size_t length = 0;

	for (s += quoted; s < end && length < LOCAL_NAME_SIZE - 1; s++) {
		if (quoted && *s == '\\' && s + 1 < end)
			s++;
		name[length++] = (char)(*s >= 'A' && *s <= 'Z' ? *s - 'A' + 'a' : *s);
	}
	name[length] = '\0';
}

bool local_name(
	const struct local *local, const char *address, char name[LOCAL_NAME_SIZE])
{
	const char *domain = address_domain(address);
	size_t length = domain ? (size_t)(domain - address) - 1 : strlen(address);

	if (domain && !is_machine(local, domain) && !is_mail_name(local, domain))
		return false;
	copy_name(address, length, name);
	return !domain || is_machine(local, domain) || strcmp(name, "root") == 0;
}
