/* SPDX-License-Identifier: ISC */
/* What the courier cannot do any more once it is confined. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "courier/confine.h"

/* The errno of opening PATH, or 0. */
static int try(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* In a process of its own: as an exit status what went wrong, 0 for nothing. */
static int confined(const char *directory, bool secrets)
{
	char empty[] = "", conf_path[512], other[512], message[512], credential[512];
	struct conf conf = { .path = conf_path,
		.ca_file = empty,
		.password_file = empty,
		.tls_client_cert = empty,
		.tls_client_key = empty };
	char octet;
	int fd;

	snprintf(conf_path, sizeof(conf_path), "%s/conf/mailchute.conf", directory);
	snprintf(message, sizeof(message), "%s/spool/cur-message", directory);
	snprintf(other, sizeof(other), "%s/spool/new", directory);
	snprintf(credential, sizeof(credential), "%s/credentials", directory);
	setenv("CREDENTIALS_DIRECTORY", credential, 1);
	snprintf(credential, sizeof(credential), "%s/credentials/secret", directory);
	fd = open(message, O_RDONLY);
	confine_files(&conf, secrets);
	if (read(fd, &octet, 1) != 1)
		return 1; /* what was given as a descriptor stays readable */
	if (try(message, O_RDONLY) != EACCES || try(other, O_WRONLY | O_CREAT) != EACCES)
		return 2;
	if (unlink(message) == 0 || rename(message, other) == 0)
		return 3;
	if (try(conf_path, O_RDONLY) != 0 || try("/etc/passwd", O_RDONLY) != 0)
		return 4;
	if (try(conf_path, O_WRONLY) != EACCES)
		return 5;
	if (try(credential, O_RDONLY) != (secrets ? 0 : EACCES))
		return 6;
	if (try("/run", O_RDONLY | O_DIRECTORY) != (secrets ? 0 : EACCES))
		return 7; /* where systemd keeps them */
	return 0;
}

static void write_file(const char *directory, const char *name)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("x", f);
	fclose(f);
}

static void make_directory(const char *directory, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void test_files(bool secrets)
{
	char directory[] = "/tmp/mailchute-confine-XXXXXX", command[128];
	int status = -1;
	pid_t child;

	if (syscall(SYS_landlock_create_ruleset, NULL, 0,
		    LANDLOCK_CREATE_RULESET_VERSION) < 1) {
		print_message("Landlock is not there\n");
		skip();
	}
	assert_non_null(mkdtemp(directory));
	make_directory(directory, "conf");
	make_directory(directory, "spool");
	make_directory(directory, "credentials");
	write_file(directory, "conf/mailchute.conf");
	write_file(directory, "credentials/secret");
	write_file(directory, "spool/cur-message");
	child = fork();
	if (child == 0)
		_exit(confined(directory, secrets));
	waitpid(child, &status, 0);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	assert_int_equal(system(command), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_with_secrets(void **state)
{
	(void)state;
	test_files(true);
}

static void test_without_secrets(void **state)
{
	(void)state;
	test_files(false);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_with_secrets),
		cmocka_unit_test(test_without_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
