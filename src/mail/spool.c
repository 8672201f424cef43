/* SPDX-License-Identifier: ISC */
#include "mail/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/defaults.h"

/* The flusher reads a file through its group, which the directory hands down; nobody else may. */
#define DROP_MODE  0640
#define PROC_FDS   "/proc/self/fd"
#define REACH_BITS 22 /* microseconds, about four seconds */

const char *spool_path(void)
{
	const char *path = getenv(SPOOL_VARIABLE);

	return path && *path ? path : DEFAULT_SPOOL;
}

bool spool_id_valid(const char *name)
{
	return strlen(name) == SPOOL_ID_LENGTH &&
	       strspn(name, "0123456789ABCDEF") == SPOOL_ID_LENGTH;
}

/*
 * A queue ID is the time in microseconds, so IDs sort by age. Two processes may draw the same one:
 * whoever puts its file in place second finds the name taken and draws again.
 */
void spool_draw_id(char id[SPOOL_ID_SIZE], unsigned tries)
{
	static const char digits[] = "0123456789ABCDEF";
	struct timespec now;
	uint64_t value, further = 0;

	clock_gettime(CLOCK_REALTIME, &now);
	value = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	if (tries && getrandom(&further, sizeof(further), GRND_NONBLOCK) > 0)
		value +=
			further & ((1u << (tries < REACH_BITS ? tries : REACH_BITS)) - 1);
	for (int i = SPOOL_ID_LENGTH - 1; i >= 0; i--, value >>= 4)
		id[i] = digits[value & 15];
	id[SPOOL_ID_LENGTH] = '\0';
}

static void join(
	char to[SPOOL_PATH_MAX], const char *spool, const char *folder, const char *name)
{
	snprintf(to, SPOOL_PATH_MAX, "%s/%s/%s", spool, folder, name);
}

int spool_ask_flush(const char *spool)
{
	char path[SPOOL_PATH_MAX];
	int fd;

	join(path, spool, "new", SPOOL_FLUSH);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, DROP_MODE);
	if (fd < 0)
		return errno == EEXIST ? 0 : -errno;
	close(fd);
	return 0;
}

/* Where the file system knows no O_TMPFILE or /proc is not mounted. The lock says that the writer lives. */
static int open_named(struct drop *drop)
{
	char name[64];

	for (unsigned tries = 0; tries < SPOOL_DRAWS; tries++) {
		spool_draw_id(drop->id, tries);
		snprintf(name, sizeof(name), "%s.%ld", drop->id, (long)getpid());
		join(drop->temporary, drop->spool, "tmp", name);
		drop->fd = open(drop->temporary,
			O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, DROP_MODE);
		if (drop->fd >= 0) {
			flock(drop->fd, LOCK_EX | LOCK_NB);
			return 0;
		}
		if (errno != EEXIST)
			break;
	}
	drop->temporary[0] = '\0';
	return -errno;
}

int drop_open(struct drop *drop, const char *spool)
{
	char folder[SPOOL_PATH_MAX];
	int r = 0;

	*drop = (struct drop){ .spool = spool, .fd = -1 };
	if (strlen(spool) > SPOOL_PATH_MAX - 128)
		return -ENAMETOOLONG;
	join(folder, spool, "new", ".");
	if (access(PROC_FDS, F_OK) == 0)
		drop->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, DROP_MODE);
	else
		errno = EOPNOTSUPP;
	if (drop->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		r = open_named(drop);
	else if (drop->fd < 0)
		r = -errno;
	if (r == 0 && fchmod(drop->fd, DROP_MODE) <
			      0) { /* the caller's umask may be anything */
		r = -errno;
		drop_abort(drop);
	}
	return r;
}

/* Through /proc, because linking by descriptor alone wants a capability on older kernels. */
static int link_nameless(struct drop *drop, const char *target)
{
	char self[sizeof(PROC_FDS) + 16];

	snprintf(self, sizeof(self), PROC_FDS "/%d", drop->fd);
	return linkat(AT_FDCWD, self, AT_FDCWD, target, AT_SYMLINK_FOLLOW) < 0 ? -errno
									       : 0;
}

/* link(), not rename(), so that a name that is taken is noticed. */
static int link_named(struct drop *drop, const char *target)
{
	if (link(drop->temporary, target) < 0)
		return -errno;
	unlink(drop->temporary);
	drop->temporary[0] = '\0';
	return 0;
}

static int put_in_place(struct drop *drop, char target[SPOOL_PATH_MAX])
{
	int r = -EEXIST;

	for (unsigned tries = 0; r == -EEXIST && tries < SPOOL_DRAWS; tries++) {
		spool_draw_id(drop->id, tries);
		join(target, drop->spool, "new", drop->id);
		r = *drop->temporary ? link_named(drop, target)
				     : link_nameless(drop, target);
	}
	return r;
}

int drop_commit(struct drop *drop, enum drop_step *failed)
{
	char target[SPOOL_PATH_MAX];
	int r = put_in_place(drop, target);

	if (r < 0) {
		*failed = DROP_LINK;
	} else if (fsync(drop->fd) < 0) {
		*failed = DROP_SYNC;
		r = -errno;
		unlink(target);
	}
	drop_abort(drop);
	return r;
}

void drop_abort(struct drop *drop)
{
	if (*drop->temporary)
		unlink(drop->temporary);
	drop->temporary[0] = '\0';
	if (drop->fd >= 0)
		close(drop->fd);
	drop->fd = -1;
}
