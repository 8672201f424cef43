/* SPDX-License-Identifier: ISC */
#ifndef BASE_IO_H
#define BASE_IO_H

#include <dirent.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

/* Writes all N bytes to the blocking descriptor FD. 0 or -errno. */
int io_write_all(int fd, const void *bytes, size_t n);

/* Reads up to N bytes at OFFSET, fewer only at the end of the file. Bytes read or -errno. */
ssize_t io_pread_full(int fd, void *to, size_t n, off_t offset);

/* Appends the whole file PATH (relative to DIR_FD, or AT_FDCWD) to *OUT; refuses more than MAX
 * bytes with -EFBIG. 0 or -errno. */
int io_read_file(int dir_fd, const char *path, size_t max, struct buf *out);

/* Starts at the first entry of a directory, whose descriptor stays the caller's. NULL with errno. */
DIR *io_open_dir(int dir_fd);

/*
 * Replaces NAME in directory DIR_FD by a file of mode 0600 with the given contents: written under
 * another name, synced, renamed, directory synced. After a crash either the old or the new file
 * stands there. 0 or -errno.
 */
int io_replace_file(int dir_fd, const char *name, const void *bytes, size_t n);

/* Sends one packet on a SOCK_SEQPACKET socket, with the descriptor PASS unless it is negative.
 * 0 or -errno. */
int io_send_packet(int fd, const void *bytes, size_t n, int pass);

/*
 * Receives one packet of at most SIZE bytes and perhaps one descriptor (*RET_PASSED, close-on-exec,
 * owned by the caller, or -1). Bytes received, 0 at the end, -EMSGSIZE for a longer packet, -errno.
 */
ssize_t io_recv_packet(int fd, void *to, size_t size, int *ret_passed);

#endif
