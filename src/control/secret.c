/* SPDX-License-Identifier: ISC */
#include "control/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/command.h"
#include "base/defaults.h"
#include "base/io.h"

#define ENCRYPT_MS 30000
#define SECRET_MAX 4096 /* octets */

/*
 * Says "done", or why not. The key is that of the installation, not the TPM's (see HACKING), and one that
 * the next boot does not find is none. Where systemd runs, it has to hand the secret to a unit as it will to
 * ours, for a unit whose secret it cannot decrypt does not start.
 */
static const char encrypt_command[] =
	"new=$2.encrypted~; umask 077\n"
	"said=$({\n"
	"case $(stat -f -c %T /var/lib/systemd) in tmpfs | ramfs)\n"
	"  echo 'the key would not last, for /var/lib/systemd is in memory'; false;;\n"
	"esac &&\n"
	"mkdir -p \"$2.encrypted\" \"$new\" &&\n"
	"systemd-creds encrypt --with-key=host --name=\"encrypted_$1\" - \"$new/$1\" &&\n"
	"if [ -d /run/systemd/system ]; then\n"
	"  systemd-run --quiet --collect --service-type=oneshot \\\n"
	"    --property=LoadCredentialEncrypted=\"encrypted:$new\" \\\n"
	"    sh -c 'test -s \"$CREDENTIALS_DIRECTORY/$0\"' \"encrypted_$1\" ||\n"
	"  { echo 'systemd would not hand it to a service'; false; }\n"
	"fi &&\n"
	"sync \"$new/$1\" && mv -f \"$new/$1\" \"$2.encrypted\" && sync "
	"\"$2.encrypted\"\n"
	"} 2>&1) && said=done\n"
	"rm -rf \"$new\"\n"
	"printf '%s\\n' \"$said\" | tail -n 1";

/* 0 or -errno and words in WHY. */
static int write_encrypted(const char *directory, const char *name, const char *secret,
	char *why, size_t size)
{
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)encrypt_command,
		(char *)"sh", (char *)name, (char *)directory, NULL };
	CLEANUP_FREE char *line = NULL;
	char words[128];
	int r = command_feed(argv, secret, ENCRYPT_MS, &line, words, sizeof(words));

	if (r == 0 && strcmp(line, "done") == 0)
		return 0;
	snprintf(why, size, "%s%s", r < 0 ? "systemd-creds " : "", r < 0 ? words : line);
	return r < 0 ? r : -EIO;
}

static int write_plain(const char *directory, const char *name, const char *secret)
{
	CLEANUP_CLOSE int dir = -1;

	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return -errno;
	dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -errno : io_replace_file(dir, name, secret, strlen(secret));
}

static int refuse(const char *path, const char *why)
{
	fprintf(stderr, "mailchute: the secret cannot be stored as %s: %s\n", path, why);
	return -EIO;
}

/* Whether it is worth a try, or asked for. */
static bool is_encrypted(const char *directory, const char *encrypted,
	enum secret_form form, const char **why)
{
	bool is_ours = strcmp(directory, DEFAULT_SECRETS) == 0;

	if (form != SECRET_AS_IT_GOES)
		return form == SECRET_ENCRYPTED;
	if (is_ours && access("/run/systemd/system", F_OK) < 0)
		*why = "systemd does not run here";
	return !**why && (is_ours || access(encrypted, F_OK) == 0);
}

int secret_store(const char *directory, const char *name, const char *secret,
	enum secret_form form)
{
	char plain[PATH_MAX], encrypted[PATH_MAX], words[256];
	const char *why = "";
	int r = 0;

	if (snprintf(plain, PATH_MAX, "%s/%s", directory, name) >= PATH_MAX ||
		snprintf(encrypted, PATH_MAX, "%s.encrypted/%s", directory, name) >=
			PATH_MAX)
		return refuse(directory, strerror(ENAMETOOLONG));
	if (is_encrypted(directory, encrypted, form, &why)) {
		r = write_encrypted(directory, name, secret, words, sizeof(words));
		if (r == 0) {
			unlink(plain);
			printf("stored: %s, encrypted for this installation\n",
				encrypted);
			return 0;
		}
		if (form == SECRET_ENCRYPTED)
			return refuse(encrypted, words);
		why = words;
	}
	r = write_plain(directory, name, secret);
	if (r < 0)
		return refuse(plain, strerror(-r));
	unlink(encrypted);
	printf("stored: %s, for its owner only%s%s\n", plain,
		*why ? "; not encrypted: " : "", why);
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
