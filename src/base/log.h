/* SPDX-License-Identifier: ISC */
/*
 * One line an event, on stderr. Under systemd (JOURNAL_STREAM is set) each line starts with its
 * priority, as sd-daemon(3) has it; elsewhere with the program's name.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

/* NAME is kept, not copied. Debug lines are dropped unless VERBOSE. */
void log_init(const char *name, bool verbose);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* TEXT as errors, each of its lines by itself. */
void log_error_lines(const char *text);

#endif
