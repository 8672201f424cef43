/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "control/setup.h"

/* A line without its end; NULL at the end of the input. */
static char *read_line(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n = getline(&line, &size, stdin);

	if (n < 0) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

static char *nobody(const char *question)
{
	fprintf(stderr, "\nmailchute: nobody answers to: %s\n", question);
	return NULL;
}

char *ask(const char *question, const char *fallback)
{
	bool has_fallback = fallback && *fallback;

	for (;;) {
		char *line;

		printf(has_fallback ? "%s [%s]: " : "%s: ", question, fallback);
		fflush(stdout);
		line = read_line();
		if (!line)
			return nobody(question);
		if (*line)
			return line;
		free(line);
		if (has_fallback)
			return strdup(fallback);
	}
}

char *ask_secret(const char *question, bool fallback)
{
	struct termios before, silent;
	bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;
	char *line;

	do {
		printf(fallback ? "%s [as it is]: " : "%s: ", question);
		fflush(stdout);
		if (terminal) {
			silent = before;
			silent.c_lflag &= ~(tcflag_t)ECHO;
			tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
		}
		line = read_line();
		if (terminal) {
			tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
			putchar('\n');
		}
		if (!line)
			return nobody(question);
		if (*line || fallback)
			return line;
		free(line);
	} while (true);
}

bool ask_yes(const char *question)
{
	char *answer = ask(question, "y");
	bool yes = answer && strchr("yY", *answer);

	free(answer);
	return yes;
}
