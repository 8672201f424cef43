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
#include "conf/file.h"
#include "conf/option.h"
#include "control/control.h"
#include "control/setup.h"

#define FILE_SIZE_MAX 1048576

static const char beginning[] = "# mailchute.conf(5): how this machine's mail leaves. "
				"Everybody may read this file;\n"
				"# the password is not in it.\n";

/* The option that the comment shows, without a blank behind its sign, or CONF_KEY_COUNT. */
static enum conf_key key_of_comment(const char *line, size_t n)
{
	const char *end = line + n, *name;
	CLEANUP_FREE char *word = NULL;
	size_t length = 0;

	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	if (line == end || *line != '#')
		return CONF_KEY_COUNT;
	name = line + 1;
	while (name + length < end &&
		(name[length] == '-' || (name[length] >= 'a' && name[length] <= 'z')))
		length++;
	for (line = name + length; line < end && (*line == ' ' || *line == '\t');)
		line++;
	if (line == end || *line != '=')
		return CONF_KEY_COUNT;
	word = strndup(name, length);
	return word ? option_find(word) : CONF_KEY_COUNT;
}

/* Behind INDENT of the blanks; in quotes in which libconfuse expands nothing. */
static void add_setting(struct buf *out, const char *blanks, int indent,
	enum conf_key key, const char *value)
{
	char quote = strpbrk(value, "\"\\$") ? '\'' : '"';

	buf_addf(out, "%.*s%s = %c", indent, blanks, conf_key_name(key), quote);
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

struct editor {
	const struct answers *answers;
	const struct conf_file *file; /* what the text sets in which line */
	size_t section;		      /* of the account, or how many there are, and one */
	bool has_line[CONF_KEY_COUNT]; /* that sets it */
	bool written[CONF_KEY_COUNT];
	int line; /* this one, from 1 */
	struct buf *out;
};

static size_t find_section(const struct conf_file *file, const char *account)
{
	size_t n = 0;

	while (account && n++ < file->section_count) {
		if (strcmp(file->sections[n - 1].title, account) == 0)
			break;
	}
	return n;
}

/* The section that this line is in, its first and last one included; 0: none. */
static size_t section_here(const struct editor *e)
{
	for (size_t i = 0; i < e->file->section_count; i++) {
		const struct conf_section *section = &e->file->sections[i];

		if (e->line >= section->line && e->line <= section->end)
			return i + 1;
	}
	return 0;
}

/* What is set in this line, or NULL. */
static const struct conf_item *item_here(const struct editor *e)
{
	for (size_t i = 0; i < e->file->count; i++) {
		if (e->file->items[i].line == e->line)
			return &e->file->items[i];
	}
	return NULL;
}

/* True if something else stands in place of this line. */
static bool edit_line(struct editor *e, const char *line, size_t n)
{
	int indent = (int)strspn(line, " \t");
	const struct conf_item *item = item_here(e);
	bool is_ours = (item ? item->section : section_here(e)) == e->section;
	enum conf_key key = !is_ours ? CONF_KEY_COUNT
			    : item   ? option_find(item->name)
				     : key_of_comment(line, n);
	const char *value = key < CONF_KEY_COUNT ? e->answers->values[key] : NULL;

	if (!value || (!item && (e->has_line[key] || e->written[key] || !*value)))
		return false;
	if (!*value) {
		buf_addf(e->out, "%.*s#", indent, line);
		add_line(e->out, line + indent, n - (size_t)indent);
	} else if (!e->written[key]) {
		add_setting(e->out, line, indent, key, value);
	}
	e->written[key] = true;
	return true;
}

/* What had no place among the lines. */
static void add_rest(struct editor *e, const char *blanks)
{
	for (enum conf_key key = 0; key < CONF_KEY_COUNT; key++) {
		const char *value = e->answers->values[key];

		if (value && *value && !e->written[key])
			add_setting(e->out, blanks, (int)strlen(blanks), key, value);
		e->written[key] = true;
	}
}

static void edit_lines(struct editor *e, const char *text)
{
	const struct conf_section *ours =
		e->section && e->section <= e->file->section_count
			? &e->file->sections[e->section - 1]
			: NULL;

	while (*text) {
		size_t n = strcspn(text, "\n");

		n += text[n] == '\n';
		e->line++;
		if (ours && ours->end == e->line)
			add_rest(e, "    ");
		if (!edit_line(e, text, n))
			add_line(e->out, text, n);
		text += n;
	}
}

/* Settings and braces in the line. */
static int things_in(const struct conf_file *file, int line)
{
	int things = 0;

	for (size_t i = 0; i < file->count; i++)
		things += file->items[i].line == line;
	for (size_t i = 0; i < file->section_count; i++)
		things += (file->sections[i].line == line) +
			  (file->sections[i].end == line);
	return things;
}

/* Notes what has a line. Returns one that is to be edited and has more in it than that, or 0. */
static int look_at_lines(struct editor *e)
{
	const struct conf_file *file = e->file;

	if (e->section && e->section <= file->section_count &&
		things_in(file, file->sections[e->section - 1].end) > 1)
		return file->sections[e->section - 1].end;
	for (size_t i = 0; i < file->count; i++) {
		const struct conf_item *item = &file->items[i];
		enum conf_key key = option_find(item->name);

		if (item->section != e->section || key == CONF_KEY_COUNT)
			continue;
		e->has_line[key] = true;
		if (e->answers->values[key] && things_in(file, item->line) > 1)
			return item->line;
	}
	return 0;
}

/* TEXT with the answers in it, appended to *OUT. Or the number of a line that cannot be edited. */
static int edit(const char *text, const struct conf_file *file, const char *account,
	const struct answers *answers, struct buf *out)
{
	int crowded;
	struct editor e = { .answers = answers,
		.file = file,
		.section = find_section(file, account),
		.out = out };

	crowded = look_at_lines(&e);
	if (crowded)
		return crowded;
	edit_lines(&e, text);
	if (e.section > file->section_count) {
		buf_addf(out, "\naccount \"%s\" {\n", account);
		add_rest(&e, "    ");
		buf_adds(out, "}\n");
	}
	add_rest(&e, "");
	return 0;
}

static int say_failure(const char *what, const char *path, int r)
{
	fprintf(stderr, "mailchute: %s %s: %s\n", what, path, strerror(-r));
	return EX_CANTCREAT;
}

static int refuse_crowded(const char *path, int line)
{
	fprintf(stderr,
		"mailchute: %s:%d: several settings or braces stand in this line; give "
		"each a line of its own\n",
		path, line);
	return EX_CONFIG;
}

int setup_draft(const char *path, const char *account, const struct answers *answers,
	struct buf *text, struct conf **ret)
{
	CLEANUP(buf_free) struct buf before = { 0 }, errors = { 0 };
	CLEANUP(conf_file_free) struct conf_file file = { 0 };
	int r = io_read_file(AT_FDCWD, path, FILE_SIZE_MAX, &before), line;

	if (r == -ENOENT)
		buf_adds(&before, beginning);
	else if (r < 0)
		return say_failure("cannot read", path, r);
	r = buf_cstr(&before) ? conf_file_parse(before.data, before.len, &file) : -ENOMEM;
	if (r == 0) {
		line = edit(before.data, &file, account, answers, text);
		if (line)
			return refuse_crowded(path, line);
		r = buf_cstr(text) ? conf_parse(path, text->data, text->len, ret, &errors)
				   : -ENOMEM;
	}
	return control_loaded(r, &errors);
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

int setup_write(const char *path, const struct buf *text)
{
	CLEANUP(buf_free) struct buf before = { 0 };
	char draft[PATH_MAX];
	int r;

	if (io_read_file(AT_FDCWD, path, FILE_SIZE_MAX, &before) == 0 &&
		before.len == text->len &&
		memcmp(before.data, text->data, text->len) == 0)
		return EX_OK;
	if (snprintf(draft, PATH_MAX, "%s.new", path) >= PATH_MAX)
		return say_failure("cannot write", path, -ENAMETOOLONG);
	r = write_draft(draft, text);
	if (r == 0)
		r = put_in_place(draft, path);
	if (r == 0)
		return EX_OK;
	unlink(draft);
	return say_failure("cannot write", path, r);
}
