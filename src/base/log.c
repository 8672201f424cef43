/* SPDX-License-Identifier: ISC */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static const char *log_name = "mailchute";
static bool log_verbose;
static bool log_journal;

void log_init(const char *name, bool verbose)
{
	log_name = name;
	log_verbose = verbose;
	log_journal = getenv("JOURNAL_STREAM") != NULL;
}

/* The line goes out in one write, so that lines of several processes do not mix. */
static void log_write(int priority, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void log_write(int priority, const char *format, va_list ap)
{
	char line[2048];
	int head, body;
	size_t len;

	if (log_journal)
		head = snprintf(line, sizeof(line), "<%d>", priority);
	else
		head = snprintf(line, sizeof(line), "%s: ", log_name);
	body = vsnprintf(line + head, sizeof(line) - (size_t)head, format, ap);
	if (body < 0)
		return;
	len = (size_t)head + (size_t)body;
	if (len > sizeof(line) - 1)
		len = sizeof(line) - 1;
	line[len] = '\n';
	if (write(STDERR_FILENO, line, len + 1) < 0)
		return; /* there is nowhere left to say so */
}

#define LOG_FUNCTION(name, priority)                                                     \
	void name(const char *format, ...)                                               \
	{                                                                                \
		va_list ap;                                                              \
		va_start(ap, format);                                                    \
		log_write(priority, format, ap);                                         \
		va_end(ap);                                                              \
	}

LOG_FUNCTION(log_error, LOG_ERR)
LOG_FUNCTION(log_warning, LOG_WARNING)
LOG_FUNCTION(log_info, LOG_INFO)

void log_debug(const char *format, ...)
{
	va_list ap;

	if (!log_verbose)
		return;
	va_start(ap, format);
	log_write(LOG_DEBUG, format, ap);
	va_end(ap);
}

void log_error_lines(const char *text)
{
	while (*text) {
		int n = (int)strcspn(text, "\n");

		log_error("%.*s", n, text);
		text += n;
		text += *text == '\n';
	}
}
