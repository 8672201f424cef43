/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "control/setup.h"

#define LINE_SIZE 4096

/* A line without its end; NULL at the end of the input. Octet by octet: stdio would keep a secret. */
static char *read_line(void)
{
	char *line = calloc(1, LINE_SIZE), c = '\0';
	size_t n = 0;
	ssize_t r;

	while (line && (r = read(STDIN_FILENO, &c, 1)) != 0 && c != '\n') {
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			break;
		if (c != '\r' && n + 1 < LINE_SIZE)
			line[n++] = c;
	}
	if (line && (n > 0 || c == '\n'))
		return line;
	free(line);
	return NULL;
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

static struct termios usual; /* how the terminal is while it shows nothing */

static void put_right(int number)
{
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual);
	raise(number); /* whose handler is the default one again */
}

/* What ends the program puts the terminal right first, and it cannot be stopped. */
static void heed_signals(bool silent)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = silent ? put_right : SIG_DFL,
		.sa_flags = (int)SA_RESETHAND };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaction(ends[i], &action, NULL);
	signal(SIGTSTP, silent ? SIG_IGN : SIG_DFL);
}

/* As read_line(); nothing of it is shown. */
static char *read_silently(void)
{
	struct termios silent;
	char *line;

	if (tcgetattr(STDIN_FILENO, &usual) < 0)
		return read_line();
	silent = usual;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	heed_signals(true);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	line = read_line();
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual);
	heed_signals(false);
	putchar('\n');
	return line;
}

char *ask_secret(const char *question, const char *fallback)
{
	for (;;) {
		char *line;

		printf(fallback ? "%s [%s]: " : "%s: ", question, fallback);
		fflush(stdout);
		line = read_silently();
		if (!line)
			return nobody(question);
		if (*line || fallback)
			return line;
		free(line);
	}
}

bool ask_yes(const char *question)
{
	char *answer = ask(question, "y");
	bool yes = answer && strchr("yY", *answer);

	free(answer);
	return yes;
}
