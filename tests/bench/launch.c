/* SPDX-License-Identifier: ISC */
/*
 * launch COUNT AT-ONCE INPUT COMMAND...: runs it COUNT times, AT-ONCE of them at a time, with INPUT as
 * standard input, and says a line for each: when it began (microseconds since 1970), how long it took
 * (microseconds), the processor time and the largest resident set (KiB) of it and the children it waited
 * for, and its exit status.
 *
 * It is small because a new process counts its parent's resident set as its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE_MAX 64

struct job {
	pid_t pid;
	int64_t began_us;
};

extern char **environ;

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t to_us(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

static void begin(struct job *job, const char *input, char **command)
{
	posix_spawn_file_actions_t actions;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	job->began_us = now_us();
	r = posix_spawnp(&job->pid, command[0], &actions, NULL, command, environ);
	if (r != 0) {
		fprintf(stderr, "launch: %s: %s\n", command[0], strerror(r));
		exit(EXIT_FAILURE);
	}
	posix_spawn_file_actions_destroy(&actions);
}

/* Waits for one of them, and returns its place. */
static size_t end_one(const struct job *jobs, size_t count)
{
	struct rusage usage;
	int status;
	pid_t pid = wait4(-1, &status, 0, &usage);
	int64_t ended_us = now_us();

	for (size_t i = 0; i < count; i++) {
		if (jobs[i].pid != pid)
			continue;
		printf("%lld %lld %lld %ld %d\n", (long long)jobs[i].began_us,
			(long long)(ended_us - jobs[i].began_us),
			(long long)(to_us(usage.ru_utime) + to_us(usage.ru_stime)),
			usage.ru_maxrss,
			WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
		return i;
	}
	fprintf(stderr, "launch: wait: %s\n", strerror(errno));
	exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	struct job jobs[AT_ONCE_MAX];
	size_t running = 0, at_once;
	long left;

	if (argc < 5) {
		fputs("usage: launch COUNT AT-ONCE INPUT COMMAND...\n", stderr);
		return EXIT_FAILURE;
	}
	left = atol(argv[1]);
	at_once = (size_t)atol(argv[2]);
	if (at_once < 1 || at_once > AT_ONCE_MAX)
		return EXIT_FAILURE;
	while (left > 0 || running > 0) {
		while (left > 0 && running < at_once) {
			begin(&jobs[running++], argv[3], argv + 4);
			left--;
		}
		jobs[end_one(jobs, running)] = jobs[running - 1];
		running--;
	}
	return EXIT_SUCCESS;
}
