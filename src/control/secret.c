/* SPDX-License-Identifier: ISC */
#include "control/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/command.h"
#include "base/io.h"

#define ENCRYPT_MS 30000
#define SECRET_MAX 4096 /* octets */

/* The secret goes by a pipe, which holds it. 0 or -errno. */
static int write_encrypted(const char *path, const char *name, const char *secret)
{
	static const char command[] =
		"systemd-creds encrypt --name=\"encrypted_$0\" - \"$1~\" && "
		"mv -f \"$1~\" \"$1\" && echo done || { rm -f \"$1~\"; exit 1; }";
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)command, (char *)name,
		(char *)path, NULL };
	CLEANUP_FREE char *line = NULL;
	char words[128];
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	r = io_write_all(ends[1], secret, strlen(secret));
	close(ends[1]);
	if (r == 0)
		r = command_program(
			argv, ends[0], ENCRYPT_MS, &line, words, sizeof(words));
	if (r < 0)
		fprintf(stderr, "mailchute: systemd-creds %s\n", words);
	close(ends[0]);
	return r;
}

static int write_plain(const char *directory, const char *name, const char *secret)
{
	CLEANUP_CLOSE int dir = -1;

	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return -errno;
	dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -errno : io_replace_file(dir, name, secret, strlen(secret));
}

int secret_store(
	const char *directory, const char *name, const char *secret, bool encrypt)
{
	char plain[PATH_MAX], encrypted[PATH_MAX];
	int r;

	if (snprintf(plain, PATH_MAX, "%s/%s", directory, name) >= PATH_MAX ||
		snprintf(encrypted, PATH_MAX, "%s.encrypted/%s", directory, name) >=
			PATH_MAX)
		return -ENAMETOOLONG;
	encrypt = encrypt || access(encrypted, F_OK) == 0;
	r = encrypt ? write_encrypted(encrypted, name, secret)
		    : write_plain(directory, name, secret);
	if (r < 0) {
		fprintf(stderr, "mailchute: the secret cannot be stored as %s: %s\n",
			encrypt ? encrypted : plain, strerror(-r));
		return r;
	}
	if (encrypt)
		unlink(plain);
	printf("stored: %s\n", encrypt ? encrypted : plain);
	return 0;
}

char *secret_read(const char *file)
{
	const char *path = strcmp(file, "-") == 0 ? "/dev/stdin" : file;
	struct buf bytes = { 0 };
	int r = io_read_file(AT_FDCWD, path, SECRET_MAX, &bytes);
	char *secret = r < 0 ? NULL : buf_steal(&bytes);

	if (secret)
		secret[strcspn(secret, "\r\n")] = '\0';
	if (!secret || !*secret) {
		fprintf(stderr, "mailchute: %s %s\n", path,
			r < 0 ? strerror(-r) : "is empty; it should hold the password");
		free(secret);
		secret = NULL;
	}
	if (bytes.data)
		explicit_bzero(bytes.data, bytes.cap);
	buf_free(&bytes);
	return secret;
}
