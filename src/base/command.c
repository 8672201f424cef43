/* SPDX-License-Identifier: ISC */
#include "base/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"

#define SLICE_MS                                                                         \
	20 /* how often one looks if it has ended, though something holds its output */

struct run {
	pid_t pid;
	int out;
	int64_t deadline_ms;
	struct buf text;
	int status; /* as of waitpid(), once it has ended */
};

__attribute__((noreturn)) static void become(char *const argv[], int in, int out)
{
	if (in < 0)
		in = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid(); /* so that all of it can be killed */
	signal(SIGPIPE, SIG_DFL);
	if (in >= 0 && dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
		execv(argv[0], argv);
	_exit(127);
}

static int start(char *const argv[], int in, struct run *run)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	run->pid = fork();
	if (run->pid == 0) {
		fcntl(ends[1], F_SETFL, 0);
		become(argv, in, ends[1]);
	}
	close(ends[1]);
	run->out = ends[0];
	return run->pid < 0 ? -errno : 0;
}

/* Takes what there is. 1 at the end of the output, 0 if there may be more, -errno. */
static int take(struct run *run)
{
	char *to = buf_reserve(&run->text, COMMAND_LINE_MAX + 2 - run->text.len);
	ssize_t n = to ? read(run->out, to, COMMAND_LINE_MAX + 1 - run->text.len) : -1;

	if (!to)
		return -ENOMEM;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	run->text.len += (size_t)n;
	if (run->text.len > COMMAND_LINE_MAX)
		return -EFBIG;
	return n == 0;
}

/* Until the command has ended: what it left running may hold its output open. 0 or -errno. */
static int listen_to(struct run *run)
{
	struct pollfd p = { .fd = run->out, .events = POLLIN };

	for (;;) {
		bool ended = waitpid(run->pid, &run->status, WNOHANG) == run->pid;
		int r = take(run);

		if (r == 1)
			p.fd = -1;
		if (ended)
			run->pid = -1;
		if (r < 0 || ended)
			return r < 0 ? r : 0;
		if (clock_mono_ms() >= run->deadline_ms)
			return -ETIMEDOUT;
		poll(&p, 1, SLICE_MS);
	}
}

static void finish(struct run *run)
{
	if (run->pid > 0) {
		kill(-run->pid, SIGKILL);
		kill(run->pid, SIGKILL); /* in case it has no session of its own yet */
		waitpid(run->pid, NULL, 0);
	}
	if (run->out >= 0)
		close(run->out);
}

/* The words for what went wrong; 0 if it was nothing. */
static int judge(const struct run *run, int r, int64_t ms, char *error, size_t size)
{
	const char *text = run->text.data ? run->text.data : "";

	if (r == -ETIMEDOUT)
		snprintf(error, size, "did not end within %lld s", (long long)ms / 1000);
	else if (r == -EFBIG)
		snprintf(error, size, "said more than %d octets", COMMAND_LINE_MAX);
	else if (r < 0)
		snprintf(error, size, "could not be run: %s", strerror(-r));
	else if (WIFSIGNALED(run->status))
		snprintf(error, size, "was ended by signal %d", WTERMSIG(run->status));
	else if (WEXITSTATUS(run->status) == 127)
		snprintf(error, size, "was not found (status 127)");
	else if (WEXITSTATUS(run->status) != 0)
		snprintf(error, size, "ended with status %d", WEXITSTATUS(run->status));
	else if (run->text.len == 0 || *text == '\n' || *text == '\0')
		snprintf(error, size, "said nothing");
	else
		return 0;
	return r < 0 ? r : -EIO;
}

static int run_program(char *const argv[], int in, int64_t ms, char **ret_text,
	char *error, size_t error_size)
{
	struct run run = { .pid = -1, .out = -1, .deadline_ms = clock_mono_ms() + ms };
	int r = buf_reserve(&run.text, COMMAND_LINE_MAX + 2) ? start(argv, in, &run)
							     : -ENOMEM;

	if (r == 0)
		r = listen_to(&run);
	finish(&run);
	r = judge(&run, r, ms, error, error_size);
	if (r == 0) {
		run.text.data[run.text.len] = '\0';
		*ret_text = strdup(run.text.data);
		r = *ret_text ? 0 : -ENOMEM;
	}
	buf_wipe(&run.text);
	return r;
}

int command_text(
	const char *command, int64_t ms, char **ret_text, char *error, size_t error_size)
{
	char *const argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)command, NULL };

	return run_program(argv, -1, ms, ret_text, error, error_size);
}

int command_line(
	const char *command, int64_t ms, char **ret_line, char *error, size_t error_size)
{
	char *const argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)command, NULL };

	return command_program(argv, -1, ms, ret_line, error, error_size);
}

int command_program(char *const argv[], int in, int64_t ms, char **ret_line, char *error,
	size_t error_size)
{
	char *text, *end;
	int r = run_program(argv, in, ms, &text, error, error_size);

	if (r != 0)
		return r;
	end = text + strcspn(text, "\r\n");
	explicit_bzero(end, strlen(end));
	*ret_line = text;
	return 0;
}

int command_feed(char *const argv[], const char *text, int64_t ms, char **ret_line,
	char *error, size_t error_size)
{
	CLEANUP_CLOSE int in = -1, out = -1;
	int ends[2], r = 0;

	if (strlen(text) > COMMAND_TEXT_MAX)
		r = -EFBIG;
	else if (pipe2(ends, O_CLOEXEC) < 0)
		r = -errno;
	if (r == 0) {
		in = ends[0];
		out = ends[1];
		r = io_write_all(out, text, strlen(text));
	}
	if (r < 0) {
		snprintf(error, error_size, "could not be given its input: %s",
			strerror(-r));
		return r;
	}
	close(steal_fd(&out));
	return command_program(argv, in, ms, ret_line, error, error_size);
}
