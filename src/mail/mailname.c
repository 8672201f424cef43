/* SPDX-License-Identifier: ISC */
#include "mail/mailname.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

/* Letters, digits, '-' and '.' only: the name goes into addresses and header fields. */
static bool name_valid(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";

	return name[0] && name[0] != '.' && name[strspn(name, allowed)] == '\0';
}

static bool name_from_file(char to[MAILNAME_MAX])
{
	CLEANUP_CLOSE int fd = open("/etc/mailname", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, to, MAILNAME_MAX - 1);
	if (n <= 0)
		return false;
	to[n] = '\0';
	to[strcspn(to, " \t\r\n")] = '\0';
	return name_valid(to);
}

void mailname_get(char to[MAILNAME_MAX])
{
	if (name_from_file(to))
		return;
	to[MAILNAME_MAX - 1] = '\0';
	if (gethostname(to, MAILNAME_MAX - 1) == 0 && name_valid(to))
		return;
	memcpy(to, "localhost", sizeof("localhost"));
}
