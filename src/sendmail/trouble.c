/* SPDX-License-Identifier: ISC */
#include "sendmail/trouble.h"

#include <stdarg.h>
#include <stdio.h>
#include <sysexits.h>

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
