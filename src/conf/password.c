/* SPDX-License-Identifier: ISC */
/* The one function of conf.h that touches a secret. What it reads on the way is wiped. */
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
#include "base/defaults.h"
#include "base/io.h"

#define PASSWORD_MAX 4096
#define SECRETS	     DEFAULT_SECRETS "/"
#define CREDENTIAL   "secret_" /* systemd puts that before the name of the file */

/* Where the password is looked for, and where to write the reason if there is none. */
struct place {
	char path[CONF_PATH_MAX];
	char name[CONF_ACCOUNT_MAX + 16]; /* of the file in the directory of secrets */
	bool in_secrets;		  /* it is there */
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
		return refuse(place, r,
			"no password: put it into %s (owner root, mode 0600), then run: "
			"systemctl restart mailchute",
			place->path);
	if (r == -ENOENT && place->in_secrets)
		return refuse(place, r,
			"no password: put it into %s (owner root, mode 0600), or start "
			"the service with the credential " CREDENTIAL "%s",
			place->path, place->name);
	if (r == -ENOENT)
		return refuse(place, r,
			"no password: %s is not there; put it there (mode 0600)",
			place->path);
	if (r == -EACCES)
		return refuse(place, r,
			"the password file %s cannot be read by user %s; run as its "
			"owner, or hand it over as the credential " CREDENTIAL "%s",
			place->path, me ? me->pw_name : "without a name", place->name);
	return refuse(place, r, "the password file %s cannot be read: %s", place->path,
		strerror(-r));
}

static int check_file(struct place *place, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return refuse_open(place, -errno);
	if (!S_ISREG(st.st_mode))
		return refuse(place, -EINVAL,
			"%s is not a plain file; put the password into a file of its own",
			place->path);
	if (!place->is_credential && (st.st_mode & 077))
		return refuse(place, -EPERM,
			"the password file %s is open to others than its owner; run: "
			"chmod 600 %s, and change the password if others may have read "
			"it",
			place->path, place->path);
	return 0;
}

/* What is read must be one line; its final newline is cut off. */
static int check_content(struct place *place, char *bytes, size_t n)
{
	if (n > 0 && bytes[n - 1] == '\n')
		n--;
	if (n > PASSWORD_MAX)
		return refuse(place, -EFBIG,
			"%s has more than %d bytes; it should hold the password and "
			"nothing else",
			place->path, PASSWORD_MAX);
	if (n == 0)
		return refuse(place, -EINVAL, "%s is empty; write the password into it",
			place->path);
	if (memchr(bytes, '\0', n) || memchr(bytes, '\n', n) || memchr(bytes, '\r', n))
		return refuse(place, -EINVAL,
			"%s has a line break or a NUL inside; it should hold the "
			"password on one line and nothing else",
			place->path);
	bytes[n] = '\0';
	return 0;
}

static int read_password(struct place *place, char **ret_password)
{
	CLEANUP_CLOSE int fd =
		open(place->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char bytes[PASSWORD_MAX +
		   2]; /* a newline, and one more to see that it is too long */
	ssize_t n;
	int r;

	if (fd < 0)
		return refuse_open(place, -errno);
	r = check_file(place, fd);
	if (r < 0)
		return r;
	n = io_pread_full(fd, bytes, sizeof(bytes), 0);
	r = n < 0 ? refuse_open(place, (int)n) : check_content(place, bytes, (size_t)n);
	if (r == 0) {
		char *password = strdup(bytes);

		if (password)
			*ret_password = password;
		else
			r = refuse(place, -ENOMEM, "there is no memory for the password");
	}
	explicit_bzero(bytes, sizeof(bytes));
	return r;
}

/* False if the path does not fit. */
static bool find_place(const struct conf *conf, struct place *place)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	int n;

	snprintf(place->name, sizeof(place->name), "password%s%s", conf->line ? "-" : "",
		conf->line ? conf->name : "");
	if (conf->password_file[0]) {
		n = snprintf(place->path, sizeof(place->path), "%s", conf->password_file);
		return n < (int)sizeof(place->path);
	}
	if (directory && directory[0]) {
		n = snprintf(place->path, sizeof(place->path), "%s/" CREDENTIAL "%s",
			directory, place->name);
		place->is_credential = access(place->path, F_OK) == 0;
		if (place->is_credential)
			return n < (int)sizeof(place->path);
		place->in_service = true;
	}
	place->in_secrets = true;
	snprintf(place->path, sizeof(place->path), SECRETS "%s", place->name);
	return true;
}

int conf_password(
	const struct conf *conf, char **ret_password, char *error, size_t error_size)
{
	struct place place = { .error = error, .error_size = error_size };

	if (!find_place(conf, &place))
		return refuse(&place, -ENAMETOOLONG,
			"the path of the password file is too long");
	return read_password(&place, ret_password);
}
