/* SPDX-License-Identifier: ISC */
#include "sendmail/trouble.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/io.h"

int trouble_set(struct trouble *trouble, int status, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(trouble->text, sizeof(trouble->text), format, ap);
	va_end(ap);
	for (char *c = trouble->text; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = '?';
	}
	trouble->status = status;
	return status;
}

int trouble_memory(struct trouble *trouble)
{
	return trouble_set(trouble, EX_TEMPFAIL,
		"out of memory; the message was not queued, try again");
}

int trouble_spool(struct trouble *t, const char *what, const char *spool, int error)
{
	const char *why = strerror(-error);

	switch (-error) {
	case ENOENT:
	case ENOTDIR:
		return trouble_set(t, EX_CANTCREAT,
			"%s %s/new: %s; nothing was queued. Install mailchute's spool "
			"directories: systemd-tmpfiles --create mailchute.conf",
			what, spool, why);
	case EACCES:
	case EPERM:
		return trouble_set(t, EX_NOPERM,
			"%s %s/new: %s; nothing was queued. The directory must have mode "
			"3733",
			what, spool, why);
	case EROFS:
		return trouble_set(t, EX_TEMPFAIL,
			"%s %s/new: %s; nothing was queued. In a sandboxed unit, add "
			"ReadWritePaths=%s",
			what, spool, why, spool);
	case EIO:
		return trouble_set(t, EX_IOERR, "%s %s/new: %s; nothing was queued", what,
			spool, why);
	default:
		return trouble_set(t, EX_TEMPFAIL,
			"%s %s/new: %s; nothing was queued, try again", what, spool, why);
	}
}

void trouble_report(const struct trouble *trouble)
{
	char line[sizeof(trouble->text) + 16];
	int n = snprintf(line, sizeof(line), "sendmail: %s\n", trouble->text);

	io_write_all(STDERR_FILENO, line, (size_t)n);
}
