/* SPDX-License-Identifier: ISC */
/* A command of the configuration that says something: a password, a token. */
#ifndef BASE_COMMAND_H
#define BASE_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#define COMMAND_LINE_MAX 8192 /* octets */
#define COMMAND_TEXT_MAX 4096 /* the same */

/*
 * Runs COMMAND by the shell, without input, and gives back the first line of its output, which the
 * caller wipes and frees. After MS milliseconds it is killed with all that it has started. What it
 * says on standard error goes to ours. 0, or -errno and the end of a sentence in ERROR: "ended with
 * status 1".
 */
int command_line(
	const char *command, int64_t ms, char **ret_line, char *error, size_t error_size);

/* The same for all of the output, up to its first NUL. */
int command_text(
	const char *command, int64_t ms, char **ret_text, char *error, size_t error_size);

/* As command_line() for the program at argv[0], without a shell, and with IN as its input; -1: none. */
int command_program(char *const argv[], int in, int64_t ms, char **ret_line, char *error,
	size_t error_size);

/* The same with TEXT as its input, which goes by a pipe that holds all of it: -EFBIG if it is longer than
 * COMMAND_TEXT_MAX. */
int command_feed(char *const argv[], const char *text, int64_t ms, char **ret_line,
	char *error, size_t error_size);

#endif
