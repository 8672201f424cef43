/* SPDX-License-Identifier: ISC */
#include "flusher/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/defaults.h"
#include "base/io.h"
#include "mail/envelope.h"
#include "mail/spool.h"

#define HEAD_SIZE                                                                        \
	2048 /* octets at the start of a file that hold size, sender and submitter */
#define TMP_MOST   10000		  /* entries of tmp/ that are looked at */
#define TMP_AGE_MS ((int64_t)3600 * 1000) /* younger ones may not be locked yet */

static int open_folder(
	const char *path, const char *name, int *ret, char *error, size_t size)
{
	char folder[SPOOL_PATH_MAX];

	snprintf(folder, sizeof(folder), "%s/%s", path, name);
	*ret = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (*ret >= 0)
		return 0;
	snprintf(error, size,
		"cannot open the spool directory %s: %s; systemd-tmpfiles --create "
		"mailchute.conf makes it with the right owner and mode",
		folder, strerror(errno));
	return -errno;
}

/*
 * From a spool that is read-only the same mail would be sent at each start. A full one is good
 * enough: what is delivered makes room.
 */
static int probe(const struct store *s, char *error, size_t error_size)
{
	static const char name[] = "probe";
	CLEANUP_CLOSE int fd = openat(
		s->cur_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r = fd < 0 ? -errno : 0;

	if (r == -ENOSPC || r == -EDQUOT)
		return 0;
	if (r == 0 && unlinkat(s->cur_fd, name, 0) < 0)
		r = -errno;
	if (r < 0)
		snprintf(error, error_size,
			"cannot write in the spool %s/cur: %s; nothing is sent", s->path,
			strerror(-r));
	return r;
}

static uid_t services_uid(void)
{
	const struct passwd *user = getpwnam(SUBMIT_USER);

	return user ? user->pw_uid : geteuid();
}

int store_open(struct store *s, const char *path, char *error, size_t error_size)
{
	struct store opened = { .path = path,
		.tmp_fd = -1,
		.new_fd = -1,
		.cur_fd = -1,
		.failed_fd = -1,
		.services_uid = services_uid() };
	int r = open_folder(path, "tmp", &opened.tmp_fd, error, error_size);

	if (r == 0)
		r = open_folder(path, "new", &opened.new_fd, error, error_size);
	if (r == 0)
		r = open_folder(path, "cur", &opened.cur_fd, error, error_size);
	if (r == 0)
		r = open_folder(path, "failed", &opened.failed_fd, error, error_size);
	if (r == 0 && flock(opened.cur_fd, LOCK_EX | LOCK_NB) < 0) {
		r = -errno;
		snprintf(error, error_size, "another mailchuted has the spool %s: %s",
			path, strerror(errno));
	}
	if (r == 0)
		r = probe(&opened, error, error_size);
	if (r < 0) {
		store_close(&opened);
		return r;
	}
	*s = opened;
	return 0;
}

void store_close(struct store *s)
{
	cleanup_close_p(&s->tmp_fd);
	cleanup_close_p(&s->new_fd);
	cleanup_close_p(&s->cur_fd);
	cleanup_close_p(&s->failed_fd);
}

static int folder_fd(const struct store *s, enum store_folder folder)
{
	switch (folder) {
	case STORE_TMP: return s->tmp_fd;
	case STORE_NEW: return s->new_fd;
	default: return s->cur_fd;
	}
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n > m && strcmp(name + n - m, suffix) == 0;
}

int store_walk(const struct store *s, enum store_folder folder, struct walk *ret)
{
	return walk_open(ret, folder_fd(s, folder));
}

bool store_is_state(struct store *s, const char *name)
{
	bool unfinished = has_suffix(name, STATE_SUFFIX "~");
	char id[SPOOL_ID_SIZE];

	if (!unfinished && !has_suffix(name, STATE_SUFFIX))
		return false;
	snprintf(id, sizeof(id), "%s", name);
	/* a crash came before the renaming, or between the two removals */
	if (unfinished || faccessat(s->cur_fd, id, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		unlinkat(s->cur_fd, name, 0);
	return true;
}

static bool is_service(const struct store *s, uid_t uid)
{
	return uid == s->services_uid || uid == geteuid();
}

/* For whom one of our services queued the file. */
static void look_for_submitter(int folder, const char *name, uid_t *uid)
{
	CLEANUP_CLOSE int fd = openat(
		folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char head[HEAD_SIZE];
	ssize_t n = fd < 0 ? -1 : io_pread_full(fd, head, sizeof(head), 0);

	if (n > 0)
		envelope_submitter(head, (size_t)n, uid);
}

int store_look(const struct store *s, enum store_folder folder, const char *name,
	uid_t *ret_uid, uint64_t *ret_octets)
{
	struct stat st;

	if (fstatat(folder_fd(s, folder), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	*ret_uid = st.st_uid;
	if (is_service(s, st.st_uid))
		look_for_submitter(folder_fd(s, folder), name, ret_uid);
	*ret_octets = (uint64_t)st.st_size;
	return 0;
}

int store_rename(struct store *s, const char *id)
{
	char new_id[SPOOL_ID_SIZE];

	for (unsigned tries = 0; tries < SPOOL_DRAWS; tries++) {
		spool_draw_id(new_id, tries);
		if (renameat2(s->new_fd, id, s->new_fd, new_id, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return -errno;
}

/* A link to a file of root's does not make a user root. */
int store_take_flush(struct store *s, bool *by_root)
{
	struct stat st;

	if (fstatat(s->new_fd, SPOOL_FLUSH, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		unlinkat(s->new_fd, SPOOL_FLUSH, 0) < 0)
		return -errno;
	*by_root = st.st_uid == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1;
	return 0;
}

static void count_entry(void *context, const char *name)
{
	(void)name;
	++*(size_t *)context;
}

static bool is_empty(const struct store *s, enum store_folder folder)
{
	struct walk walk = { 0 };
	size_t entries = 0;
	int r = store_walk(s, folder, &walk);

	if (r == 0)
		r = walk_on(&walk, 1, count_entry, &entries);
	walk_close(&walk);
	return r == 0 && entries == 0;
}

bool store_is_empty(const struct store *s)
{
	return is_empty(s, STORE_NEW) && is_empty(s, STORE_CUR);
}

bool store_is_shut(const struct store *s, const char *id)
{
	struct stat folder, file;

	return fstat(s->new_fd, &folder) == 0 && (folder.st_mode & S_ISGID) &&
	       fstatat(s->cur_fd, id, &file, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (file.st_gid != folder.st_gid || !(file.st_mode & S_IRGRP));
}

int store_claim(struct store *s, const char *id)
{
	return renameat2(s->new_fd, id, s->cur_fd, id, RENAME_NOREPLACE) < 0 ? -errno : 0;
}

int store_read(struct store *s, const char *id, struct claim *ret)
{
	CLEANUP_CLOSE int fd = openat(
		s->cur_fd, id, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	int64_t now = clock_real_ms();
	struct stat st;

	if (fd < 0)
		return errno == ELOOP || errno == ENXIO ? -EBADMSG : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	fcntl(fd, F_OFD_SETLK, &lock);
	ret->uid = st.st_uid;
	ret->by_service = is_service(s, st.st_uid);
	ret->arrived_ms =
		(int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
	if (ret->arrived_ms > now || ret->arrived_ms < 0)
		ret->arrived_ms = now;
	ret->fd = steal_fd(&fd);
	return 0;
}

static void state_name(char to[64], const char *id)
{
	snprintf(to, 64, "%s" STATE_SUFFIX, id);
}

int store_read_state(struct store *s, const char *id, struct state *ret)
{
	int r = state_read(s->cur_fd, id, ret);

	return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

static int write_state(int folder, const char *id, const struct state *state)
{
	CLEANUP(buf_free) struct buf contents = { 0 };
	char name[64];

	state_name(name, id);
	state_format(state, &contents);
	return buf_failed(&contents)
		       ? -ENOMEM
		       : io_replace_file(folder, name, contents.data, contents.len);
}

/* Remembers whether the disk takes what we have to write. */
static int note(struct store *s, int r)
{
	s->refused = r == -ENOMEM ? s->refused : r;
	return r;
}

int store_write_state(struct store *s, const char *id, const struct state *state)
{
	return note(s, write_state(s->cur_fd, id, state));
}

static int append_durably(int folder, const char *name, const struct buf *b)
{
	CLEANUP_CLOSE int fd =
		openat(folder, name, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 ? -errno : io_write_all(fd, b->data, b->len);

	return r == 0 && fsync(fd) < 0 ? -errno : r;
}

int store_add_settled(struct store *s, const char *id, const struct state *state,
	size_t from, size_t to)
{
	CLEANUP(buf_free) struct buf lines = { 0 };
	char name[64];

	state_name(name, id);
	state_format_settled(state, from, to, &lines);
	if (buf_failed(&lines))
		return -ENOMEM;
	return append_durably(s->cur_fd, name, &lines);
}

int store_remove_state(struct store *s, const char *id)
{
	char name[64];

	state_name(name, id);
	return unlinkat(s->cur_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/* The message first: a state file without a message is nothing, the reverse would be tried again. */
int store_remove(struct store *s, const char *id, bool has_state)
{
	if (unlinkat(s->cur_fd, id, 0) < 0 && errno != ENOENT)
		return note(s, -errno);
	return note(s, has_state ? store_remove_state(s, id) : 0);
}

/* In the order that loses nothing: the reasons first. */
static int fail_message(struct store *s, const char *id, const struct state *state)
{
	char junk[64];
	int r = write_state(s->failed_fd, id, state);

	if (r < 0)
		return r;
	if (renameat2(s->cur_fd, id, s->failed_fd, id, RENAME_NOREPLACE) < 0) {
		/* its submitter kept a link and queued the same file again */
		r = errno == EEXIST ? store_set_aside(s, STORE_CUR, id, junk) : -errno;
		if (r < 0)
			return r;
	}
	if (fsync(s->failed_fd) < 0)
		return -errno;
	return store_remove_state(s, id);
}

int store_fail(struct store *s, const char *id, const struct state *state)
{
	return note(s, fail_message(s, id, state));
}

int store_set_aside(
	struct store *s, enum store_folder folder, const char *name, char new_name[64])
{
	int r;

	for (unsigned i = 0; i < 100; i++) {
		snprintf(new_name, 64, "junk-%llx-%u",
			(unsigned long long)clock_real_ms(), i);
		if (renameat2(folder_fd(s, folder), name, s->failed_fd, new_name,
			    RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	/* a directory that only its owner may move can still be removed, if it is empty */
	r = -errno;
	if (r != -EACCES)
		return r;
	if (unlinkat(folder_fd(s, folder), name, AT_REMOVEDIR) == 0)
		return -ENOENT;
	return errno == ENOTEMPTY || errno == EEXIST ? -EISDIR : r;
}

struct cleaning {
	struct store *store;
	unsigned removed;
};

/* A file in tmp/ is abandoned when it is old and its writer's lock is gone. */
static bool is_abandoned(struct store *s, const char *name)
{
	CLEANUP_CLOSE int fd = openat(s->tmp_fd, name,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	return clock_real_ms() - (int64_t)st.st_mtime * 1000 > TMP_AGE_MS &&
	       flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static void clean_entry(void *context, const char *name)
{
	struct cleaning *c = context;

	if (is_abandoned(c->store, name) && unlinkat(c->store->tmp_fd, name, 0) == 0)
		c->removed++;
}

unsigned store_clean_tmp(struct store *s)
{
	struct cleaning cleaning = { .store = s };
	struct walk walk = { 0 };

	if (store_walk(s, STORE_TMP, &walk) == 0)
		walk_on(&walk, TMP_MOST, clean_entry, &cleaning);
	walk_close(&walk);
	return cleaning.removed;
}
