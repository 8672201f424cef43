/* SPDX-License-Identifier: ISC */
#include "courier/token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/command.h"
#include "base/spawn.h"
#include "base/text.h"

#define PROGRAM "mailchute-token"

/* Beside the courier, or where it is for mailchute(8). 0 or -ENOENT. */
static int find_program(char path[PATH_MAX])
{
	if (spawn_beside(PROGRAM, path) == 0 && access(path, X_OK) == 0)
		return 0;
	snprintf(path, PATH_MAX, "%s", LIBEXECDIR "/" PROGRAM);
	return access(path, X_OK) == 0 ? 0 : -ENOENT;
}

/* LINE is as src/token/main.c has it. */
static int take_answer(const char *line, char **ret_token, char *error, size_t size)
{
	if (*line == '+' || *line == '=') {
		*ret_token = strdup(line + 1);
		return !*ret_token ? -ENOMEM : *line == '=';
	}
	snprintf(error, size, "%s", *line ? line + 1 : line);
	return *line == '-' ? -EPERM : -EAGAIN;
}

int token_ask(const struct conf *conf, enum token_task task, int in, int64_t ms,
	char **ret_token, char *error, size_t error_size)
{
	static const char *const words[] = { NULL, "--anew", "--login" };
	char path[PATH_MAX], why[128], *line = NULL;
	char *argv[] = { path, (char *)"-c", conf->path, (char *)"-a", (char *)conf->name,
		(char *)words[task], NULL };
	int r = find_program(path);

	if (r < 0) {
		snprintf(error, error_size,
			"OAuth2: %s is not there: mailchute was built --without-oauth; "
			"build it with, or set token-command in place of oauth",
			path);
		return r;
	}
	r = command_program(argv, in, ms, &line, why, sizeof(why));
	if (r < 0) {
		snprintf(error, error_size, "OAuth2: " PROGRAM " %s", why);
		return -EAGAIN;
	}
	r = take_answer(line, ret_token, error, error_size);
	text_wipe(line);
	return r;
}
