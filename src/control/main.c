/* SPDX-License-Identifier: ISC */
/* mailchute(8): finds the subcommand and runs it. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "control/control.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{ "check", control_check,
		"validate the configuration and log in at the provider" },
	{ "flush", control_flush, "have the mail that waits tried now" },
	{ "providers", control_providers, "list the presets, or tell about one" },
	{ "login", control_login, "let an account send by OAuth2, and store its token" },
	{ "queue", control_queue, "list the mail that waits" },
	{ "sandbox", control_sandbox, "run a local provider to try things against" },
	{ "setup", control_setup,
		"ask what is needed, write it down, and see that mail goes" },
	{ "status", control_status, "tell whether mail goes out; 1 if there is trouble" },
	{ "test", control_test, "send a message and follow it" },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *to)
{
	fputs("usage: mailchute COMMAND [OPTION...]\n\n", to);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\nmailchute COMMAND --help tells more, and so does mailchute(8).\n", to);
}

int main(int argc, char **argv)
{
	log_init("mailchute", false);
	if (argc < 2) {
		usage(stderr);
		return EX_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return EX_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts(PACKAGE_NAME " " PACKAGE_VERSION);
		return EX_OK;
	}
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr,
		"mailchute: there is no command '%s'; mailchute --help lists them\n",
		argv[1]);
	return EX_USAGE;
}
