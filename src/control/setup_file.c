/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "conf/option.h"
#include "control/control.h"
#include "control/setup.h"

#define FILE_SIZE_MAX 1048576

static const char beginning[] = "# mailchute.conf(5): how this machine's mail leaves. "
				"Everybody may read this file;\n"
				"# the password is not in it.\n";

/* The name that the line sets, with its length in *RET_N, also as a comment without a blank behind the
 * sign, as the example has those that could be set; or NULL. */
static const char *name_of(const char *line, size_t n, bool *ret_comment, size_t *ret_n)
{
	const char *end = line + n, *name = line;

	while (name < end && (*name == ' ' || *name == '\t'))
		name++;
	*ret_comment = name < end && *name == '#';
	name += *ret_comment;
	*ret_n = 0;
	while (name + *ret_n < end &&
		(strchr("-", name[*ret_n]) ||
			(name[*ret_n] >= 'a' && name[*ret_n] <= 'z')))
		++*ret_n;
	line = name + *ret_n;
	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	return *ret_n && line < end && *line == '=' ? name : NULL;
}

/* The option that the line sets or could set, or CONF_KEY_COUNT. */
static enum conf_key key_of(const char *line, size_t n, bool *ret_comment)
{
	size_t length;
	const char *at = name_of(line, n, ret_comment, &length);
	CLEANUP_FREE char *name = at ? strndup(at, length) : NULL;

	return name ? option_find(name) : CONF_KEY_COUNT;
}

/* In quotes in which libconfuse expands nothing. */
static void add_setting(struct buf *out, enum conf_key key, const char *value)
{
	char quote = strpbrk(value, "\"\\$") ? '\'' : '"';

	buf_addf(out, "%s = %c", conf_key_name(key), quote);
	for (; *value; value++) {
		if (quote == '\'' && strchr("'\\", *value))
			buf_addc(out, '\\');
		buf_addc(out, *value);
	}
	buf_addf(out, "%c\n", quote);
}

static void add_line(struct buf *out, const char *line, size_t n)
{
	buf_add(out, line, n);
	if (n > 0 && line[n - 1] != '\n')
		buf_addc(out, '\n');
}

/* The first time through the text it only looks which options have a line of their own. */
struct editor {
	const struct answers *answers;
	bool has_line[CONF_KEY_COUNT]; /* that sets it */
	bool written[CONF_KEY_COUNT];
	bool in_section;
	struct buf *out; /* NULL: it only looks */
};

/* True if another line stands in place of this one. */
static bool edit_line(struct editor *e, const char *line, size_t n)
{
	bool comment;
	enum conf_key key = key_of(line, n, &comment);
	const char *value = key < CONF_KEY_COUNT ? e->answers->values[key] : NULL;

	if (!value || (comment && (e->has_line[key] || !*value)))
		return false;
	if (!e->out) {
		e->has_line[key] |= !comment;
		return true;
	}
	if (!*value) {
		buf_addc(e->out, '#');
		add_line(e->out, line, n);
	} else if (!e->written[key]) {
		add_setting(e->out, key, value);
	}
	e->written[key] = true;
	return true;
}

static void edit_lines(struct editor *e, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		n += text[n] == '\n';
		e->in_section |= strncmp(text, "account", 7) == 0;
		if ((e->in_section || !edit_line(e, text, n)) && e->out)
			add_line(e->out, text, n);
		e->in_section &= !memchr(text, '}', n);
		text += n;
	}
}

/* TEXT with the answers in it, appended to *OUT. */
static void edit(const char *text, const struct answers *answers, struct buf *out)
{
	struct editor e = { .answers = answers };

	edit_lines(&e, text);
	e.in_section = false;
	e.out = out;
	edit_lines(&e, text);
	for (enum conf_key key = 0; key < CONF_KEY_COUNT; key++) {
		const char *value = answers->values[key];

		if (value && *value && !e.written[key])
			add_setting(out, key, value);
	}
}

static int say_failure(const char *what, const char *path, int r)
{
	fprintf(stderr, "mailchute: %s %s: %s\n", what, path, strerror(-r));
	return EX_CANTCREAT;
}

/* The new file beside the old one, as it will be. */
static int write_draft(const char *draft, const struct buf *text)
{
	CLEANUP_CLOSE int fd =
		open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	int r = fd < 0 ? -errno : io_write_all(fd, text->data, text->len);

	if (r == 0 && (fchmod(fd, 0644) < 0 || fsync(fd) < 0))
		r = -errno;
	return r;
}

/* Puts the draft in place; the old file stays under another name. */
static int put_in_place(const char *draft, const char *path)
{
	char old[PATH_MAX];
	bool kept;

	if (snprintf(old, PATH_MAX, "%s.old", path) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (unlink(old) < 0 && errno != ENOENT)
		return -errno;
	kept = link(path, old) == 0;
	if ((!kept && errno != ENOENT) || rename(draft, path) < 0)
		return -errno;
	printf("written: %s%s%s\n", path, kept ? "; the one before is " : "",
		kept ? old : "");
	return 0;
}

int setup_write(const char *path, const struct answers *answers, struct conf **ret)
{
	CLEANUP(buf_free) struct buf before = { 0 }, text = { 0 };
	char draft[PATH_MAX];
	int r = io_read_file(AT_FDCWD, path, FILE_SIZE_MAX, &before), status;
	bool same;

	if (r == -ENOENT)
		buf_adds(&before, beginning);
	else if (r < 0)
		return say_failure("cannot read", path, r);
	if (snprintf(draft, PATH_MAX, "%s.new", path) >= PATH_MAX)
		return EX_USAGE;
	if (buf_cstr(&before))
		edit(before.data, answers, &text);
	r = buf_failed(&before) || buf_failed(&text) ? -ENOMEM
						     : write_draft(draft, &text);
	if (r < 0) {
		unlink(draft);
		return say_failure("cannot write", draft, r);
	}
	status = control_load(draft, ret);
	same = buf_cstr(&before) && buf_cstr(&text) &&
	       strcmp(before.data, text.data) == 0;
	if (status == EX_OK && !same)
		r = put_in_place(draft, path);
	if (r < 0) {
		conf_free(*ret);
		*ret = NULL;
		status = say_failure("cannot replace", path, r);
	}
	if (status != EX_OK || same)
		unlink(draft);
	return status;
}
