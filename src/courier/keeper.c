/* SPDX-License-Identifier: ISC */
#include "courier/keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/command.h"
#include "base/io.h"
#include "base/text.h"
#include "courier/login.h"
#include "mail/job.h"
#include "mail/outcome.h"

/* A question, and with what an answer starts: the secret is behind the first two, words of trouble
 * behind the others. */
enum {
	ASK = '?',
	ASK_ANEW = '!',
	SAID = '+',
	KEPT = '=',
	REFUSED = '-',
	LATER = '~',
};

#define ANSWER_MAX (COMMAND_LINE_MAX + 2)

static int answer(int fd, const struct conf *conf, bool anew)
{
	char text[ANSWER_MAX] = "", *secret = NULL;
	int r = login_secret(
		conf, anew, LOGIN_COMMAND_MS, &secret, text + 1, OUTCOME_TEXT_MAX);

	if (r >= 0)
		snprintf(text + 1, sizeof(text) - 1, "%s", secret);
	*text = (char)(r > 0 ? KEPT : r == 0 ? SAID : r == -EAGAIN ? LATER : REFUSED);
	text_wipe(secret);
	r = io_send_packet(fd, text, strlen(text), -1);
	explicit_bzero(text, sizeof(text));
	return r;
}

__attribute__((noreturn)) static void serve(int fd, const struct conf *conf)
{
	char question;
	int passed = -1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(JOB_COURIER_FD); /* mailchuted has to see when the courier is gone */
	while (io_recv_packet(fd, &question, 1, &passed) == 1 &&
		answer(fd, conf, question == ASK_ANEW) == 0)
		;
	_exit(0);
}

int keeper_start(const struct conf *conf, int *ret_fd)
{
	const struct timeval patience = { .tv_sec = LOGIN_COMMAND_MS / 1000 + 10 };
	int ends[2];
	pid_t pid;

	if (!login_needs_program(conf)) {
		*ret_fd = -1;
		return 0;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		serve(ends[1], conf);
	}
	close(ends[1]);
	setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	*ret_fd = ends[0];
	return pid < 0 ? -errno : 0;
}

int keeper_ask(int fd, bool anew, char **ret_secret, char *error, size_t error_size)
{
	char text[ANSWER_MAX + 1], question = anew ? ASK_ANEW : ASK;
	int passed = -1, r = io_send_packet(fd, &question, 1, -1);
	ssize_t n = r < 0 ? r : io_recv_packet(fd, text, ANSWER_MAX, &passed);

	if (n <= 0) {
		snprintf(error, error_size, "the process that runs commands is gone");
		return n < 0 ? (int)n : -EPIPE;
	}
	text[n] = '\0';
	if (*text == SAID || *text == KEPT) {
		*ret_secret = strdup(text + 1);
		r = *ret_secret ? *text == KEPT : -ENOMEM;
	} else {
		snprintf(error, error_size, "%s", text + 1);
		r = *text == LATER ? -EAGAIN : -EIO;
	}
	explicit_bzero(text, sizeof(text));
	return r;
}
