/* SPDX-License-Identifier: ISC */
/* The functions of conf.h that touch a secret. What they read on the way is wiped. */
#include "conf/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/command.h"
#include "base/defaults.h"
#include "base/io.h"
#include "base/text.h"

#define PASSWORD_MAX 4096
#define KEY_MAX	     65536
#define SECRETS	     DEFAULT_SECRETS "/"
#define ENCRYPTED    DEFAULT_SECRETS ".encrypted/"
#define CREDENTIAL   "secret_"	  /* systemd puts that before the name of the file */
#define DECRYPTED    "encrypted_" /* and that, if it had to decrypt it */
#define DECRYPT_MS   30000

/* Where the secret is looked for, and where to write the reason if there is none. */
struct place {
	const char *what; /* "password" or "client-key": for people, and for the name */
	char path[CONF_PATH_MAX];
	char name[CONF_SECRET_NAME_MAX]; /* of the file in the directory of secrets */
	bool in_secrets;		 /* it is there */
	bool is_credential; /* systemd made it and guards it, so its mode tells nothing */
	bool in_service;    /* systemd gave credentials, but not this one */
	char *error;
	size_t error_size;
};

static int refuse(struct place *place, int r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int refuse(struct place *place, int r, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(place->error, place->error_size, format, ap);
	va_end(ap);
	return r;
}

static int refuse_open(struct place *place, int r)
{
	const struct passwd *me = getpwuid(geteuid());

	if (place->in_service && (r == -EACCES || r == -ENOENT))
		return refuse(place, -ENOENT,
			"no %s: put it into %s (owner root, mode 0600), then run: "
			"systemctl restart mailchute",
			place->what, place->path);
	if (r == -ENOENT && place->in_secrets)
		return refuse(place, r,
			"no %s: put it into %s (owner root, mode 0600), or start "
			"the service with the credential " CREDENTIAL "%s",
			place->what, place->path, place->name);
	if (r == -ENOENT)
		return refuse(place, r,
			"no %s: %s is not there; put it there (mode 0600)", place->what,
			place->path);
	if (r == -EACCES)
		return refuse(place, r,
			"the %s file %s cannot be read by user %s; run as its "
			"owner, or hand it over as the credential " CREDENTIAL "%s",
			place->what, place->path, me ? me->pw_name : "without a name",
			place->name);
	return refuse(place, r, "the %s file %s cannot be read: %s", place->what,
		place->path, strerror(-r));
}

static int check_file(struct place *place, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return refuse_open(place, -errno);
	if (!S_ISREG(st.st_mode))
		return refuse(place, -EINVAL,
			"%s is not a plain file; put the %s into a file of its own",
			place->path, place->what);
	if (!place->is_credential && (st.st_mode & 077))
		return refuse(place, -EPERM,
			"the %s file %s is open to others than its owner; run: chmod 600 "
			"%s, and change the %s if others may have read it",
			place->what, place->path, place->path, place->what);
	return 0;
}

/* What is read must be one line; its final newline is cut off. */
static int check_content(struct place *place, char *bytes, size_t n)
{
	if (n > 0 && bytes[n - 1] == '\n')
		n--;
	if (n > PASSWORD_MAX)
		return refuse(place, -EFBIG,
			"%s has more than %d bytes; it should hold the %s and "
			"nothing else",
			place->path, PASSWORD_MAX, place->what);
	if (n == 0)
		return refuse(place, -EINVAL, "%s is empty; write the %s into it",
			place->path, place->what);
	if (memchr(bytes, '\0', n) || memchr(bytes, '\n', n) || memchr(bytes, '\r', n))
		return refuse(place, -EINVAL,
			"%s has a line break or a NUL inside, or ends as lines of "
			"Windows "
			"do; it should hold the %s on one line and nothing else",
			place->path, place->what);
	bytes[n] = '\0';
	return 0;
}

/* Up to SIZE bytes. How many, or -errno and words. */
static ssize_t read_place(struct place *place, char *bytes, size_t size)
{
	CLEANUP_CLOSE int fd =
		open(place->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n;
	int r;

	if (fd < 0)
		return refuse_open(place, -errno);
	r = check_file(place, fd);
	if (r < 0)
		return r;
	n = io_pread_full(fd, bytes, size, 0);
	return n < 0 ? refuse_open(place, (int)n) : n;
}

static int read_password(struct place *place, char **ret_password)
{
	char bytes[PASSWORD_MAX +
		   2]; /* a newline, and one more to see that it is too long */
	ssize_t n = read_place(place, bytes, sizeof(bytes));
	int r = n < 0 ? (int)n : check_content(place, bytes, (size_t)n);

	if (r == 0) {
		char *password = strdup(bytes);

		if (password)
			*ret_password = password;
		else
			r = refuse(place, -ENOMEM, "there is no memory for the %s",
				place->what);
	}
	explicit_bzero(bytes, sizeof(bytes));
	return r;
}

static const char *credentials(void)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");

	return directory && *directory ? directory : NULL;
}

void conf_secret_name(
	const struct conf *conf, const char *what, char to[CONF_SECRET_NAME_MAX])
{
	snprintf(to, CONF_SECRET_NAME_MAX, "%s%s%s", what, conf->line ? "-" : "",
		conf->line ? conf->name : "");
}

static bool find_credential(struct place *place)
{
	static const char *const prefixes[] = { CREDENTIAL, DECRYPTED };
	const char *directory = credentials();
	size_t size = sizeof(place->path);

	for (size_t i = 0; directory && i < 2; i++) {
		int n = snprintf(place->path, size, "%s/%s%s", directory, prefixes[i],
			place->name);

		if (n < (int)size && access(place->path, F_OK) == 0)
			return true;
	}
	return false;
}

bool conf_credential(
	const struct conf *conf, const char *what, char ret_path[CONF_PATH_MAX])
{
	struct place place = { .what = what };

	conf_secret_name(conf, what, place.name);
	if (!find_credential(&place))
		return false;
	memcpy(ret_path, place.path, sizeof(place.path));
	return true;
}

/* PATH is what the configuration says, or "". */
static int find_place(const struct conf *conf, const char *path, struct place *place)
{
	size_t size = sizeof(place->path);
	int n;

	conf_secret_name(conf, place->what, place->name);
	place->in_service = credentials() && !*path;
	place->is_credential = place->in_service && find_credential(place);
	if (place->is_credential)
		return 0;
	place->in_secrets = !*path;
	n = snprintf(place->path, size, "%s%s", *path ? path : SECRETS,
		*path ? "" : place->name);
	return n < (int)size ? 0
			     : refuse(place, -ENAMETOOLONG,
				       "the path of the %s is too long", place->what);
}

/* What systemd does for the service, done for root outside of it, where the file R (-ENOENT) is not there
 * in plain. R if there is no such file. */
static int decrypt(struct place *place, int r, char **ret_text)
{
	char path[sizeof(ENCRYPTED) + sizeof(place->name)];
	char command[2 * sizeof(path) + 64], words[128];

	snprintf(path, sizeof(path), ENCRYPTED "%s", place->name);
	if (r != -ENOENT || !place->in_secrets || place->in_service ||
		access(path, R_OK) < 0)
		return r;
	snprintf(place->path, sizeof(place->path), "%s", path);
	snprintf(command, sizeof(command),
		"systemd-creds decrypt --name=" DECRYPTED "%s %s -", place->name, path);
	r = command_text(command, DECRYPT_MS, ret_text, words, sizeof(words));
	if (r < 0)
		refuse(place, r,
			"%s cannot be decrypted: systemd-creds %s; if it is another "
			"machine's, or the key is lost, store the %s anew by mailchute "
			"setup or login",
			path, words, place->what);
	return r;
}

static int secret_line(
	const struct conf *conf, const char *path, struct place *place, char **ret_secret)
{
	char *text = NULL;
	int r = find_place(conf, path, place);

	if (r < 0)
		return r;
	r = read_password(place, ret_secret);
	if (r == 0)
		return 0;
	r = decrypt(place, r, &text);
	if (r == 0)
		r = check_content(place, text, strlen(text));
	if (r == 0)
		*ret_secret = text;
	else
		text_wipe(text);
	return r;
}

int conf_password(
	const struct conf *conf, char **ret_password, char *error, size_t error_size)
{
	struct place place = {
		.what = "password", .error = error, .error_size = error_size
	};

	return secret_line(conf, conf->password_file, &place, ret_password);
}

int conf_secret(const struct conf *conf, const char *what, char **ret_secret, char *error,
	size_t error_size)
{
	struct place place = { .what = what, .error = error, .error_size = error_size };

	return secret_line(conf, "", &place, ret_secret);
}

static int secret_text(
	const struct conf *conf, const char *path, struct place *place, char **ret_text)
{
	char *bytes = calloc(1, KEY_MAX + 1);
	ssize_t n = bytes ? find_place(conf, path, place) : -ENOMEM;

	if (n == 0)
		n = read_place(place, bytes, KEY_MAX);
	if (n >= 0) {
		*ret_text = bytes;
		return 0;
	}
	free(bytes);
	return decrypt(place, (int)n, ret_text);
}

int conf_client_key(
	const struct conf *conf, char **ret_key, char *error, size_t error_size)
{
	struct place place = {
		.what = "client-key", .error = error, .error_size = error_size
	};

	return secret_text(conf, conf->tls_client_key, &place, ret_key);
}

int conf_secret_text(const struct conf *conf, const char *what, char **ret_text,
	char *error, size_t error_size)
{
	struct place place = { .what = what, .error = error, .error_size = error_size };

	return secret_text(conf, "", &place, ret_text);
}
