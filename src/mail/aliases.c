/* SPDX-License-Identifier: ISC */
#include "mail/aliases.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "mail/aliases_text.h"
#include "mail/local.h"

static int compare_names(const void *a, const void *b)
{
	const struct alias *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	if (order)
		return order;
	return (left->line > right->line) - (left->line < right->line);
}

static void alias_clear(struct alias *alias)
{
	for (size_t i = 0; i < alias->count; i++)
		free(alias->targets[i]);
	free(alias->targets);
	free(alias->name);
}

/* Puts them in order. The first of a name stays. */
static void sort_aliases(struct aliases *all, struct alias_faults *faults)
{
	size_t kept = 0;

	if (all->count)
		qsort(all->items, all->count, sizeof(*all->items), compare_names);
	for (size_t i = 0; i < all->count; i++) {
		struct alias *alias = &all->items[i];

		if (kept && strcmp(all->items[kept - 1].name, alias->name) == 0) {
			alias_fault(faults, alias->line, alias->name, strlen(alias->name),
				"this name has an alias in line %u already, which is "
				"used; delete one of the two",
				all->items[kept - 1].line);
			alias_clear(alias);
		} else {
			all->items[kept++] = *alias;
		}
	}
	all->count = kept;
}

/* A way through the aliases, as far as it has come. */
struct step {
	struct alias *alias;
	size_t next; /* target to look at */
};

enum mark {
	MARK_NONE,
	MARK_OPEN, /* on the way */
	MARK_DONE,
};

struct search {
	struct aliases *aliases;
	const struct local *local;
	struct alias_faults *faults;
	enum mark *marks; /* one for each alias */
	struct step *way; /* has room for all */
	size_t depth;
};

static enum mark *mark_of(const struct search *s, const struct alias *alias)
{
	return &s->marks[alias - s->aliases->items];
}

static void go_into(struct search *s, struct alias *alias)
{
	*mark_of(s, alias) = MARK_OPEN;
	s->way[s->depth++] = (struct step){ .alias = alias };
}

/* The alias that a target leads to, or NULL. */
static struct alias *follow(const struct search *s, const char *target)
{
	char name[LOCAL_NAME_SIZE];

	if (*target == '\\' || !local_name(s->local, target, name))
		return NULL;
	return (struct alias *)aliases_find(s->aliases, name);
}

/* A target that closes a loop is none: all that is left of an alias leads somewhere. */
static void cut_loop(struct search *s, struct step *step, const struct alias *next)
{
	struct alias *alias = step->alias;
	size_t i = step->next - 1;

	alias_fault(s->faults, alias->line, alias->name, strlen(alias->name),
		"the alias in line %u, which it names, leads back here, so it is left "
		"out; name an address in its place",
		next->line);
	free(alias->targets[i]);
	alias->targets[i] = alias->targets[--alias->count];
	step->next--;
}

static void search_from(struct search *s, struct alias *start)
{
	go_into(s, start);
	while (s->depth > 0) {
		struct step *step = &s->way[s->depth - 1];
		struct alias *alias = step->alias, *next;

		if (step->next == alias->count) {
			*mark_of(s, alias) = MARK_DONE;
			s->depth--;
			continue;
		}
		next = follow(s, alias->targets[step->next++]);
		if (!next)
			continue;
		if (*mark_of(s, next) == MARK_OPEN)
			cut_loop(s, step, next);
		else if (*mark_of(s, next) == MARK_NONE)
			go_into(s, next);
	}
}

static int cut_loops(
	struct aliases *aliases, const struct local *local, struct alias_faults *faults)
{
	CLEANUP_FREE enum mark *marks = calloc(aliases->count + 1, sizeof(*marks));
	CLEANUP_FREE struct step *way = calloc(aliases->count + 1, sizeof(*way));
	struct search s = { aliases, local, faults, marks, way, 0 };

	if (!marks || !way)
		return -ENOMEM;
	for (size_t i = 0; i < aliases->count; i++) {
		if (marks[i] == MARK_NONE)
			search_from(&s, &aliases->items[i]);
	}
	return 0;
}

int aliases_parse(const char *path, const char *text, size_t n, struct aliases *ret,
	struct buf *out)
{
	CLEANUP(aliases_clear) struct aliases aliases = { 0 };
	struct alias_faults faults = { .path = path, .out = out };
	CLEANUP_FREE char *copy = malloc(n + 1);
	struct local local;
	int r;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, n);
	copy[n] = '\0';
	local_get(&local, "");
	r = aliases_text_parse(copy, n, &local, &aliases, &faults);
	if (r < 0)
		return r;
	sort_aliases(&aliases, &faults);
	r = cut_loops(&aliases, &local, &faults);
	if (r < 0)
		return r;
	if (faults.count > ALIASES_FAULTS_MAX)
		buf_addf(out, "%s: and %zu more\n", path,
			faults.count - ALIASES_FAULTS_MAX);
	*ret = aliases;
	aliases = (struct aliases){ 0 };
	return 0;
}

/* A pipe that nobody writes to, or a device, must not make anybody wait. 0 or -errno, and why. */
static int read_text(const char *path, struct buf *ret, const char **reason)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	char *to;
	ssize_t n;

	if (fd < 0 && errno == EACCES)
		*reason = "permission denied; let everybody read it: chmod a+r";
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode)) {
		*reason = "it is not a regular file";
		return -EBADMSG;
	}
	if (st.st_size > ALIASES_FILE_MAX) {
		*reason = "it is over 4 MiB";
		return -EFBIG;
	}
	to = buf_reserve(ret, (size_t)st.st_size + 1);
	n = to ? io_pread_full(fd, to, (size_t)st.st_size, 0) : -ENOMEM;
	ret->len = n < 0 ? 0 : (size_t)n;
	return n < 0 ? (int)n : 0;
}

int aliases_load(const char *path, struct aliases *ret, struct buf *faults)
{
	CLEANUP(buf_free) struct buf text = { 0 };
	const char *reason = NULL;
	int r = read_text(path, &text, &reason);

	if (r < 0 && r != -ENOENT) {
		buf_addf(faults, "%s: cannot be read: %s\n", path,
			reason ? reason : strerror(-r));
		return r;
	}
	return aliases_parse(path, text.data ? text.data : "", text.len, ret, faults);
}

static int compare_name(const void *name, const void *alias)
{
	return strcmp(name, ((const struct alias *)alias)->name);
}

const struct alias *aliases_find(const struct aliases *aliases, const char *name)
{
	return aliases->count ? bsearch(name, aliases->items, aliases->count,
					sizeof(*aliases->items), compare_name)
			      : NULL;
}

int aliases_check(const char *path, struct buf *faults)
{
	CLEANUP(aliases_clear) struct aliases aliases = { 0 };
	size_t before = faults->len;
	int r = aliases_load(path, &aliases, faults);

	if (r == 0 && faults->len > before)
		r = -EINVAL;
	return r;
}

void aliases_clear(struct aliases *aliases)
{
	for (size_t i = 0; i < aliases->count; i++)
		alias_clear(&aliases->items[i]);
	free(aliases->items);
	*aliases = (struct aliases){ 0 };
}
