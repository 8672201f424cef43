/* SPDX-License-Identifier: ISC */
/*
 * A library for LD_PRELOAD that counts the system calls which open or change something below a
 * directory, and lets one of them be the last, or fail. The program is not changed in any other way:
 * what it does then is what it does on a bad disk. The environment says what is to happen:
 *
 *   CRASH_DIR         the directory, an absolute path without links
 *   CRASH_BESIDE      what below it does not count, as far as the path starts with this
 *   CRASH_AT          the number of the call, from 1; 0 or none: none
 *   CRASH_WITH        the errno that it fails with; 0: SIGKILL comes in its place
 *   CRASH_TIMES       that many calls in a row fail; default: 1
 *   CRASH_HALF        a write takes half before that, as on a disk that becomes full
 *   CRASH_NO_TMPFILE  there is no O_TMPFILE on this disk
 *   CRASH_TRACE       a file to which each call adds a line: number, process, name, path below the
 *                     directory, and "!" if it was the one
 *
 * It speaks to the kernel without libc between, and keeps nothing open: sendmail closes what it
 * inherits. Each process counts by itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir_fd, const char *path, int flags);
int __openat64_2(int dir_fd, const char *path, int flags);

static struct {
	char dir[PATH_MAX];
	size_t dir_len;
	const char *beside;
	const char *trace;
	long at;
	long times;
	int error;
	bool half;
	bool no_tmpfile;
} plan;

static long count; /* of calls so far */

static long number(const char *name, long otherwise)
{
	const char *value = getenv(name);

	return value ? atol(value) : otherwise;
}

__attribute__((constructor)) static void read_plan(void)
{
	const char *dir = getenv("CRASH_DIR");

	snprintf(plan.dir, sizeof(plan.dir), "%s", dir ? dir : "");
	plan.dir_len = strlen(plan.dir);
	plan.beside = getenv("CRASH_BESIDE");
	plan.trace = getenv("CRASH_TRACE");
	plan.at = number("CRASH_AT", 0);
	plan.times = number("CRASH_TIMES", 1);
	plan.error = (int)number("CRASH_WITH", 0);
	plan.half = number("CRASH_HALF", 0);
	plan.no_tmpfile = number("CRASH_NO_TMPFILE", 0);
}

/* Where a path leads that is relative to a descriptor; with "" the descriptor itself. */
static void locate(int dir_fd, const char *path, char to[PATH_MAX])
{
	char link[64], base[PATH_MAX] = "";
	ssize_t n;

	if (*path != '/') {
		snprintf(link, sizeof(link),
			dir_fd == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d",
			dir_fd);
		n = syscall(SYS_readlink, link, base, sizeof(base) - 1);
		base[n < 0 ? 0 : n] = '\0';
	}
	if (snprintf(to, PATH_MAX, "%s%s%s", base, *base && *path ? "/" : "", path) >=
		PATH_MAX)
		*to = '\0';
}

static void trace(const char *call, const char *path, bool due)
{
	char line[PATH_MAX + 128];
	int n = snprintf(line, sizeof(line), "%ld %d %s %s%s\n", count, (int)getpid(),
		call, *path ? path : ".", due ? " !" : "");
	int fd = (int)syscall(SYS_openat, AT_FDCWD, plan.trace,
		O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);

	syscall(SYS_write, fd, line, (size_t)n);
	syscall(SYS_close, fd);
}

/* True for a path that counts. */
static bool concerns(const char *path)
{
	const char *beside = plan.beside;

	return strncmp(path, plan.dir, plan.dir_len) == 0 && path[plan.dir_len] == '/' &&
	       !(beside && strncmp(path + plan.dir_len + 1, beside, strlen(beside)) == 0);
}

/* Counts the call, if it concerns the directory. True if this is the one. */
static bool is_due(const char *call, int dir_fd, const char *path)
{
	int saved = errno;
	char where[PATH_MAX];
	bool due;

	if (plan.dir_len == 0)
		return false;
	locate(dir_fd, path, where);
	errno = saved;
	if (!concerns(where))
		return false;
	count++;
	due = plan.at && count >= plan.at && count - plan.at < plan.times;
	if (plan.trace)
		trace(call, where + plan.dir_len + 1, due);
	errno = saved;
	return due;
}

/* What happens to the call that is due. */
static int fail(void)
{
	if (plan.error == 0)
		kill(getpid(), SIGKILL);
	errno = plan.error;
	return -1;
}

static bool fails(const char *call, int dir_fd, const char *path)
{
	return is_due(call, dir_fd, path) && fail() < 0;
}

static int open_it(int dir_fd, const char *path, int flags, mode_t mode)
{
	if (plan.no_tmpfile && (flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	if (fails("open", dir_fd, path))
		return -1;
	return (int)syscall(SYS_openat, dir_fd, path, flags, mode);
}

/* The mode that stands behind the flags, if one does. */
#define MODE_BEHIND(flags)                                                               \
	({                                                                               \
		mode_t mode_ = 0;                                                        \
		va_list ap_;                                                             \
                                                                                         \
		va_start(ap_, flags);                                                    \
		if ((flags) & (O_CREAT | O_TMPFILE))                                     \
			mode_ = va_arg(ap_, mode_t);                                     \
		va_end(ap_);                                                             \
		mode_;                                                                   \
	})

int open(const char *path, int flags, ...)
{
	return open_it(AT_FDCWD, path, flags, MODE_BEHIND(flags));
}

int open64(const char *path, int flags, ...)
{
	return open_it(AT_FDCWD, path, flags, MODE_BEHIND(flags));
}

int openat(int dir_fd, const char *path, int flags, ...)
{
	return open_it(dir_fd, path, flags, MODE_BEHIND(flags));
}

int openat64(int dir_fd, const char *path, int flags, ...)
{
	return open_it(dir_fd, path, flags, MODE_BEHIND(flags));
}

int __open_2(const char *path, int flags)
{
	return open_it(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags)
{
	return open_it(AT_FDCWD, path, flags, 0);
}

int __openat_2(int dir_fd, const char *path, int flags)
{
	return open_it(dir_fd, path, flags, 0);
}

int __openat64_2(int dir_fd, const char *path, int flags)
{
	return open_it(dir_fd, path, flags, 0);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
	if (is_due("write", fd, "")) {
		ssize_t half = plan.half ? syscall(SYS_write, fd, bytes, n / 2) : 0;

		plan.half = false; /* of the next one nothing */
		plan.times += half > 0;
		return half > 0 && plan.error ? half : fail();
	}
	return syscall(SYS_write, fd, bytes, n);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
	return fails("pwrite", fd, "") ? -1 : syscall(SYS_pwrite64, fd, bytes, n, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	return pwrite64(fd, bytes, n, at);
}

int fsync(int fd)
{
	return fails("fsync", fd, "") ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return fails("fdatasync", fd, "") ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int ftruncate(int fd, off_t n)
{
	return fails("ftruncate", fd, "") ? -1 : (int)syscall(SYS_ftruncate, fd, n);
}

int fchmod(int fd, mode_t mode)
{
	return fails("fchmod", fd, "") ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	if (fails("link", to_fd, to))
		return -1;
	return (int)syscall(SYS_linkat, from_fd, from, to_fd, to, flags);
}

int link(const char *from, const char *to)
{
	return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	if (fails("rename", to_fd, to))
		return -1;
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	return renameat2(from_fd, from, to_fd, to, 0);
}

int rename(const char *from, const char *to)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlinkat(int dir_fd, const char *path, int flags)
{
	return fails("unlink", dir_fd, path)
		       ? -1
		       : (int)syscall(SYS_unlinkat, dir_fd, path, flags);
}

int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}
