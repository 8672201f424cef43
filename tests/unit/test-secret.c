/* SPDX-License-Identifier: ISC */
/* Secrets in the directories below /etc, which is the working directory here (SYSCONFDIR is "."). */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"

static char empty[] = "";

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static char directory[] = "/tmp/mailchute-secret-XXXXXX";

/* A systemd-creds whose encryption is a line in front. */
static int prepare(void **state)
{
	char path[128];

	(void)state;
	if (!mkdtemp(directory) || chdir(directory) < 0 || mkdir("bin", 0700) < 0 ||
		mkdir("mailchute", 0700) < 0 || mkdir("mailchute/secrets", 0700) < 0 ||
		mkdir("mailchute/secrets.encrypted", 0700) < 0)
		return -1;
	write_file("bin/systemd-creds",
		"#!/bin/sh\n[ \"$(head -n1 \"$3\")\" = \"$2\" ] && tail -n+2 \"$3\"\n",
		0700);
	snprintf(path, sizeof(path), "%s/bin:/usr/bin:/bin", directory);
	unsetenv("CREDENTIALS_DIRECTORY");
	return setenv("PATH", path, 1);
}

static int clear(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static void encrypted(const char *name, const char *text)
{
	char path[128], file[256];

	snprintf(path, sizeof(path), "mailchute/secrets.encrypted/%s", name);
	snprintf(file, sizeof(file), "--name=encrypted_%s\n%s", name, text);
	write_file(path, file, 0600);
}

static void test_lines(void **state)
{
	static const struct {
		const char *text, *secret, *words;
	} cases[] = {
		{ "x y\n", "x y", "" },
		{ "x", "x", "" },
		{ "x\ny\n", NULL,
			"./mailchute/secrets.encrypted/password-office has a line "
			"break" },
		{ "", NULL, "cannot be decrypted: systemd-creds said nothing" },
	};
	const struct conf conf = { .name = "office", .line = 1, .password_file = empty };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *secret = NULL, error[CONF_PATH_MAX + 256] = "";
		int r;

		encrypted("password-office", cases[i].text);
		r = conf_password(&conf, &secret, error, sizeof(error));
		assert_true(
			r == 0 ? cases[i].secret && strcmp(secret, cases[i].secret) == 0
			       : !cases[i].secret);
		assert_non_null(strstr(error, cases[i].words));
		free(secret);
	}
}

static void test_texts(void **state)
{
	const struct conf conf = { .name = "default", .tls_client_key = empty };
	const struct conf named = { .name = "a-name-of-thirty-two-octets-here",
		.line = 1 };
	char *text = NULL, error[CONF_PATH_MAX + 256] = "";

	(void)state;
	encrypted("service-account", "{\n\"a\": 1\n}\n");
	encrypted("client-key", "-----\nx\n-----\n");
	assert_int_equal(
		conf_secret_text(&conf, "service-account", &text, error, sizeof(error)),
		0);
	assert_string_equal(text, "{\n\"a\": 1\n}\n");
	free(text);
	assert_int_equal(conf_client_key(&conf, &text, error, sizeof(error)), 0);
	assert_string_equal(text, "-----\nx\n-----\n");
	free(text);
	encrypted("service-account", "");
	assert_true(conf_secret_text(
			    &conf, "service-account", &text, error, sizeof(error)) < 0);
	assert_non_null(
		strstr(error, "secrets.encrypted/service-account cannot be decrypted"));
	assert_int_equal(
		conf_secret_text(&conf, "other", &text, error, sizeof(error)), -ENOENT);
	assert_non_null(strstr(error, "put it into ./mailchute/secrets/other "));
	encrypted("service-account-a-name-of-thirty-two-octets-here", "y\nz\n");
	assert_int_equal(
		conf_secret_text(&named, "service-account", &text, error, sizeof(error)),
		0);
	assert_string_equal(text, "y\nz\n");
	free(text);
	/* what is there in plain goes before */
	write_file("mailchute/secrets/service-account", "plain\n", 0600);
	assert_int_equal(
		conf_secret_text(&conf, "service-account", &text, error, sizeof(error)),
		0);
	assert_string_equal(text, "plain\n");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, prepare, clear);
}
