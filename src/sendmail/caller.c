/* SPDX-License-Identifier: ISC */
#include "sendmail/caller.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* The gecos field up to the first comma; '&' stands for the login name with a capital. */
static void add_full_name(const char *gecos, const char *login, struct buf *out)
{
	for (const char *c = gecos; *c && *c != ','; c++) {
		if (*c != '&') {
			buf_addc(out, *c);
			continue;
		}
		buf_adds(out, login);
		if (!buf_failed(out) && *login >= 'a' && *login <= 'z')
			out->data[out->len - strlen(login)] = (char)(*login - 'a' + 'A');
	}
}

static bool name_plain(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	return name && *name && strlen(name) <= 64 && name[strspn(name, allowed)] == '\0';
}

void caller_names(struct buf *login, struct buf *full_name)
{
	uid_t uid = getuid();
	const struct passwd *entry = getpwuid(uid);

	if (entry && name_plain(entry->pw_name)) {
		buf_adds(login, entry->pw_name);
		add_full_name(entry->pw_gecos ? entry->pw_gecos : "", entry->pw_name,
			full_name);
	} else if (name_plain(getenv("LOGNAME"))) {
		buf_adds(login, getenv("LOGNAME"));
	} else if (name_plain(getenv("USER"))) {
		buf_adds(login, getenv("USER"));
	} else {
		buf_addf(login, "uid-%lu", (unsigned long)uid);
	}
}
