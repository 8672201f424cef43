/* SPDX-License-Identifier: ISC */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

int io_write_all(int fd, const void *bytes, size_t n)
{
	const char *from = bytes;

	while (n > 0) {
		ssize_t written = write(fd, from, n);

		if (written < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		from += written;
		n -= (size_t)written;
	}
	return 0;
}

ssize_t io_pread_full(int fd, void *to, size_t n, off_t offset)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got =
			pread(fd, (char *)to + have, n - have, offset + (off_t)have);

		if (got < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

int io_read_file(int dir_fd, const char *path, size_t max, struct buf *out)
{
	CLEANUP_CLOSE int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t start = out->len;

	if (fd < 0)
		return -errno;
	for (;;) {
		char *to = buf_reserve(out, 4096);
		ssize_t got;

		if (!to)
			return -ENOMEM;
		got = read(fd, to, 4096);
		if (got < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (got == 0)
			return 0;
		out->len += (size_t)got;
		if (out->len - start > max)
			return -EFBIG;
	}
}

DIR *io_open_dir(int dir_fd)
{
	CLEANUP_CLOSE int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		steal_fd(&fd);
	return dir;
}

static int replace_write(int dir_fd, const char *temporary, const void *bytes, size_t n)
{
	CLEANUP_CLOSE int fd = openat(dir_fd, temporary,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = io_write_all(fd, bytes, n);
	if (r < 0)
		return r;
	return fsync(fd) < 0 ? -errno : 0;
}

int io_replace_file(int dir_fd, const char *name, const void *bytes, size_t n)
{
	char temporary[256];
	int r;

	if (snprintf(temporary, sizeof(temporary), "%s~", name) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	r = replace_write(dir_fd, temporary, bytes, n);
	if (r == 0 && renameat(dir_fd, temporary, dir_fd, name) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(dir_fd, temporary, 0);
		return r;
	}
	return fsync(dir_fd) < 0 ? -errno : 0;
}

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int io_send_packet(int fd, const void *bytes, size_t n, int pass)
{
	struct iovec iov = { .iov_base = (void *)bytes, .iov_len = n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control = { 0 };

	if (pass >= 0) {
		struct cmsghdr *c;

		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &pass, sizeof(int));
	}
	while (sendmsg(fd, &msg, MSG_NOSIGNAL) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

ssize_t io_recv_packet(int fd, void *to, size_t size, int *ret_passed)
{
	struct iovec iov = { .iov_base = to, .iov_len = size };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = CMSG_LEN(sizeof(int)) }; /* there is padding behind */
	CLEANUP_CLOSE int passed = -1;
	struct cmsghdr *c;
	ssize_t got;

	do {
		got = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
		c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&passed, CMSG_DATA(c), sizeof(int));
	if (msg.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	*ret_passed = steal_fd(&passed);
	return got;
}
