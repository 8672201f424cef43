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

/* What is left of the credential NAME. */
static int try_credential(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", getenv("CREDENTIALS_DIRECTORY"), name);
	return try(path, O_RDONLY);
}

/* In a process of its own: as an exit status what went wrong, 0 for nothing. */
static int confined(const char *directory, bool password, bool certificate)
{
	char empty[] = "", conf_path[512], other[512], message[512], path[512];
	struct conf conf = { .path = conf_path,
		.name = "office",
		.line = 5,
		.ca_file = empty,
		.password_file = empty,
		.tls_client_cert = certificate ? conf_path : empty,
		.tls_client_key = empty };
	char octet;
	int fd;

	snprintf(conf_path, sizeof(conf_path), "%s/conf/mailchute.conf", directory);
	snprintf(message, sizeof(message), "%s/spool/cur-message", directory);
	snprintf(other, sizeof(other), "%s/spool/new", directory);
	snprintf(path, sizeof(path), "%s/credentials", directory);
	setenv("CREDENTIALS_DIRECTORY", path, 1);
	fd = open(message, O_RDONLY);
	confine_files(&conf, password);
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
	if (try_credential("secret_password-office") != (password ? 0 : EACCES) ||
		try_credential("encrypted_client-key-office") !=
			(certificate ? 0 : EACCES))
		return 6;
	if (try_credential("secret_password") != EACCES ||
		try_credential("secret_refresh-token-office") != EACCES ||
		try_credential("secret_client-key") != EACCES)
		return 7; /* of another account, or for another program */
	return try("/run", O_RDONLY | O_DIRECTORY) == EACCES
		       ? 0
		       : 8; /* where systemd keeps them */
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

static void test_files(bool password, bool certificate)
{
	static const char *const credentials[] = { "secret_password",
		"secret_password-office", "secret_client-key",
		"encrypted_client-key-office", "secret_refresh-token-office" };
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
	for (size_t i = 0; i < sizeof(credentials) / sizeof(credentials[0]); i++) {
		char name[64];

		snprintf(name, sizeof(name), "credentials/%s", credentials[i]);
		write_file(directory, name);
	}
	write_file(directory, "spool/cur-message");
	child = fork();
	if (child == 0)
		_exit(confined(directory, password, certificate));
	waitpid(child, &status, 0);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	assert_int_equal(system(command), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_with_a_password(void **state)
{
	(void)state;
	test_files(true, false);
}

static void test_with_a_certificate(void **state)
{
	(void)state;
	test_files(false, true);
}

static void test_with_both(void **state)
{
	(void)state;
	test_files(true, true);
}

static void test_with_a_token(void **state)
{
	(void)state;
	test_files(false, false);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_with_a_password),
		cmocka_unit_test(test_with_a_certificate),
		cmocka_unit_test(test_with_both),
		cmocka_unit_test(test_with_a_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
