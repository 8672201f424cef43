/* SPDX-License-Identifier: ISC */
#include "control/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"

#define PENDING_MAX 65536

int sandbox_store_init(const char *dir)
{
	static const char *const folders[] = { "", "/tmp", "/new", "/cur" };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char path[512];
		int n = snprintf(path, sizeof(path), "%s/Maildir%s", dir, folders[i]);

		if (n < 0 || (size_t)n >= sizeof(path))
			return -ENAMETOOLONG;
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* Unique as maildirs want it: seconds, microseconds, process, count. */
int sandbox_store_open(struct sandbox_file *file, const char *dir, const char *hostname)
{
	static unsigned count;
	struct timespec now;
	int n;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(file->name, sizeof(file->name), "%lld.M%06ldP%ldQ%u.%.64s",
		(long long)now.tv_sec, now.tv_nsec / 1000, (long)getpid(), ++count,
		hostname);
	n = snprintf(
		file->path, sizeof(file->path), "%s/Maildir/tmp/%s", dir, file->name);
	if (n < 0 || (size_t)n >= sizeof(file->path))
		return -ENAMETOOLONG;
	file->fd = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return file->fd < 0 ? -errno : 0;
}

static int flush(struct sandbox_file *file)
{
	int r = buf_failed(&file->pending)
			? -ENOMEM
			: io_write_all(file->fd, file->pending.data, file->pending.len);

	buf_clear(&file->pending);
	return r;
}

int sandbox_store_write(struct sandbox_file *file, const void *bytes, size_t n)
{
	buf_add(&file->pending, bytes, n);
	return file->pending.len < PENDING_MAX && !buf_failed(&file->pending)
		       ? 0
		       : flush(file);
}

int sandbox_store_close(struct sandbox_file *file, const char *dir)
{
	char path[sizeof(file->path)];
	int r = flush(file);

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/Maildir/new/%s", dir, file->name);
	if (rename(file->path, path) < 0)
		return -errno;
	memcpy(file->path, path, sizeof(path));
	cleanup_close_p(&file->fd);
	file->fd = -1;
	buf_free(&file->pending);
	return 0;
}

void sandbox_store_drop(struct sandbox_file *file)
{
	if (file->fd < 0)
		return;
	unlink(file->path);
	cleanup_close_p(&file->fd);
	file->fd = -1;
	buf_free(&file->pending);
}
