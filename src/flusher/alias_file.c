/* SPDX-License-Identifier: ISC */
#include "flusher/alias_file.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/log.h"

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size && same_time(&a->st_mtim, &b->st_mtim) &&
	       same_time(&a->st_ctim, &b->st_ctim);
}

/* 0, or -errno if that passes by itself: then nothing is concluded from it. */
static int read_again(struct alias_file *f, const char *path)
{
	CLEANUP(buf_free) struct buf faults = { 0 };
	struct aliases aliases;
	int r = aliases_load(path, &aliases, &faults);

	if (buf_cstr(&faults))
		log_error_lines(faults.data);
	if (r == -EMFILE || r == -ENFILE || r == -ENOMEM)
		return r;
	if (r < 0) {
		log_error("%s: the aliases before stay in force: %zu", path,
			f->aliases.count);
		return 0;
	}
	aliases_clear(&f->aliases);
	f->aliases = aliases;
	return 0;
}

int alias_file_get(struct alias_file *f, const char *path, const struct aliases **ret)
{
	int r = 0;
	struct stat now;

	if (stat(path, &now) < 0)
		now = (struct stat){ 0 };
	if (!f->known || !same_file(&now, &f->seen)) {
		f->seen = now; /* a change from here on is seen the next time */
		r = read_again(f, path);
		f->known = r == 0;
	}
	*ret = &f->aliases;
	return r;
}

void alias_file_forget(struct alias_file *f)
{
	f->known = false;
}
