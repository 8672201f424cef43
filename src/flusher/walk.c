/* SPDX-License-Identifier: ISC */
#include "flusher/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/io.h"

int walk_open(struct walk *w, int dir_fd)
{
	w->dir = io_open_dir(dir_fd);
	return w->dir ? 0 : -errno;
}

void walk_close(struct walk *w)
{
	if (w->dir)
		closedir(w->dir);
	w->dir = NULL;
}

struct names {
	char **list;
	size_t count;
};

static int add(struct names *names, const char *name)
{
	char **grown = array_room(names->list, names->count, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	names->list = grown;
	names->list[names->count] = strdup(name);
	return names->list[names->count++] ? 0 : -ENOMEM;
}

/* 1; 0 at the end of the directory; -errno. */
static int gather(DIR *dir, size_t most, struct names *names)
{
	int r = 0;

	while (r == 0 && names->count < most) {
		struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return -errno;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = add(names, entry->d_name);
	}
	return r < 0 ? r : 1;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int walk_on(struct walk *w, size_t most, void (*found)(void *context, const char *name),
	void *context)
{
	struct names names = { 0 };
	int r = gather(w->dir, most, &names);

	if (r >= 0 && names.count)
		qsort(names.list, names.count, sizeof(*names.list), compare);
	for (size_t i = 0; i < names.count; i++) {
		if (r >= 0)
			found(context, names.list[i]);
		free(names.list[i]);
	}
	free(names.list);
	if (r <= 0)
		walk_close(w);
	return r;
}
