/* SPDX-License-Identifier: ISC */
#include "flusher/alias_file.h"

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

static void read_again(struct alias_file *f, const char *path)
{
	CLEANUP(buf_free) struct buf faults = { 0 };
	struct aliases aliases;
	int r = aliases_load(path, &aliases, &faults);

	if (buf_cstr(&faults))
		log_error_lines(faults.data);
	if (r < 0) {
		log_error("%s: the aliases before stay in force: %zu", path,
			f->aliases.count);
		return;
	}
	aliases_clear(&f->aliases);
	f->aliases = aliases;
}

const struct aliases *alias_file_get(struct alias_file *f, const char *path)
{
	struct stat now;

	if (stat(path, &now) < 0)
		now = (struct stat){ 0 };
	if (!f->known || !same_file(&now, &f->seen)) {
		f->known = true;
		f->seen = now; /* a change from here on is seen the next time */
		read_again(f, path);
	}
	return &f->aliases;
}

void alias_file_forget(struct alias_file *f)
{
	f->known = false;
}
