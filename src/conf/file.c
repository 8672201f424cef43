/* SPDX-License-Identifier: ISC */
/*
 * libconfuse ends at the first name it does not know, so it is asked twice: once which names there
 * are (CFGF_KEYSTRVAL takes any), and then, knowing them all, for their values and lines.
 *
 * A section is told of when it ends, so its place comes from our own count of the braces.
 *
 * Before that, the text is made harmless. libconfuse 3.3 loses count of the lines at comments, drops
 * bytes it has no use for, puts environment variables in, and, worst for a daemon that reloads, a
 * string without an end leaves its one lexer inside that string when the next file is read. So
 * comments are blanked, and what cannot be is refused here.
 */
#include "conf/file.h"

#include <confuse.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/cleanup.h"

#define SECTION_FLAGS (CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES)

/* The lines of a pair. */
struct braces {
	int open, close;
};

struct scan {
	char *text; /* terminated; changed in place */
	size_t at;
	int line;
	const char *fault; /* why the text ends here */
	struct buf braces; /* struct braces, in the order of the opening ones */
	int depth;
};

/* Overwrites the comment that starts here, up to and without END (or the end of the text). */
static void scan_comment(struct scan *s, const char *end)
{
	size_t n = strlen(end);

	while (s->text[s->at] && strncmp(s->text + s->at, end, n) != 0) {
		if (s->text[s->at] == '\n')
			s->line++;
		else
			s->text[s->at] = ' ';
		s->at++;
	}
}

static void scan_long_comment(struct scan *s)
{
	int line = s->line;

	memset(s->text + s->at, ' ', 2);
	scan_comment(s, "*/");
	if (s->text[s->at] == '\0') {
		s->line = line;
		s->fault = "the comment is never closed; end it with */";
		return;
	}
	memset(s->text + s->at, ' ', 2);
	s->at += 2;
}

static const char *scan_refused(const char *s, bool quoted)
{
	unsigned char c = (unsigned char)*s;

	if ((c < ' ' && !isspace(c)) || c == 0x7f)
		return "there is a control character; delete it";
	if (c == '$' && s[1] == '{')
		return "variables are not replaced here; write the value itself";
	if (c == '*' && !quoted)
		return "there is a stray '*'; put values into quotes";
	return NULL;
}

/* Past the string that starts here. */
static void scan_string(struct scan *s)
{
	char quote = s->text[s->at++];

	for (; s->text[s->at] != quote; s->at++) {
		const char *here = s->text + s->at;

		if (*here == '\0' || *here == '\n')
			s->fault = "the quote is not closed on its line; close it";
		else if (*here == '\\' && here[1] != '\\' && here[1] != quote)
			s->fault = "a backslash stands before a quote or a backslash "
				   "only; write \\\\ for one backslash";
		else
			s->fault = scan_refused(here, true);
		if (s->fault)
			return;
		if (*here == '\\')
			s->at++;
	}
	s->at++;
}

static struct braces *last_braces(struct scan *s)
{
	size_t n = s->braces.len / sizeof(struct braces);

	return n ? (struct braces *)(void *)s->braces.data + n - 1 : NULL;
}

/* libconfuse does not mind the end of the file within a section, so they are counted. */
static void scan_brace(struct scan *s, char c)
{
	if (c == '{') {
		const struct braces here = { .open = s->line };

		buf_add(&s->braces, &here, sizeof(here));
		s->depth++;
	} else if (c == '}') {
		struct braces *last = last_braces(s);

		s->depth--;
		if (last)
			last->close = s->line;
	}
}

static void scan_end(struct scan *s)
{
	const struct braces *last = last_braces(s);

	if (s->fault || s->depth <= 0 || !last)
		return;
	s->line = last->open;
	s->fault = "the account is never closed; end it with }";
}

static void scan_step(struct scan *s)
{
	const char *here = s->text + s->at;

	if (*here == '#' || strncmp(here, "//", 2) == 0) {
		scan_comment(s, "\n");
	} else if (strncmp(here, "/*", 2) == 0) {
		scan_long_comment(s);
	} else if (*here == '"' || *here == '\'') {
		scan_string(s);
	} else {
		s->fault = scan_refused(here, false);
		scan_brace(s, *here);
		if (*here == '\n')
			s->line++;
		s->at++;
	}
}

/* Makes TEXT harmless; it ends before the line of the first fault, which goes to *FILE. */
static int text_prepare(
	char *text, bool whole, struct conf_file *file, struct buf *ret_braces)
{
	struct scan s = { .text = text, .line = 1 };
	size_t end;

	while (text[s.at] && !s.fault)
		scan_step(&s);
	scan_end(&s);
	*ret_braces = s.braces;
	if (buf_failed(ret_braces))
		return -ENOMEM;
	if (!whole && !s.fault)
		s.fault = "there is a NUL byte; this has to be a text file";
	end = s.at;
	if (s.fault) {
		int line = 1;

		for (end = 0; line < s.line; end++)
			line += text[end] == '\n';
		file->fault_line = s.line;
		file->fault = strdup(s.fault);
		if (!file->fault)
			return -ENOMEM;
	}
	/* So that a fault at the end is told with the last line that has something. */
	while (end > 0 && isspace((unsigned char)text[end - 1]))
		end--;
	text[end] = '\0';
	return 0;
}

/* libconfuse's callbacks get no pointer of ours, and its lexer is global anyway. */
static struct reader {
	struct conf_file *file;
	const struct buf *braces;
	bool out_of_memory;
} * reader;

static void error_ignore(cfg_t *cfg, const char *format, va_list ap)
{
	(void)cfg;
	(void)format;
	(void)ap;
}

__attribute__((format(printf, 2, 0))) static void error_report(
	cfg_t *cfg, const char *format, va_list ap)
{
	struct conf_file *file = reader->file;
	struct buf words = { 0 };

	if (file->fault)
		return; /* the text was cut there; what that leads to is not told again */
	buf_vaddf(&words, format, ap);
	buf_adds(&words, "; a setting is: name = \"value\", an account: account \"name\" "
			 "{ ... }, a list: name = \"one, two\"");
	file->fault_line = cfg->line;
	file->fault = buf_steal(&words);
	reader->out_of_memory = !file->fault;
}

static int item_add(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct conf_file *file = reader->file;
	struct conf_item *items = array_room(file->items, file->count, sizeof(*items));
	struct conf_item *item;

	reader->out_of_memory = true;
	if (!items)
		return -1;
	file->items = items;
	item = &items[file->count++];
	item->line = cfg->line;
	item->section = cfg->title ? file->section_count + 1 : 0;
	item->name = strdup(opt->name);
	item->value = strdup(value);
	if (!item->name || !item->value)
		return -1;
	reader->out_of_memory = false;
	*(const char **)result = value;
	return 0;
}

/* Called at the end of each section. */
static int section_add(cfg_t *cfg, cfg_opt_t *opt)
{
	struct conf_file *file = reader->file;
	const struct braces *braces = (const void *)reader->braces->data;
	cfg_t *closed = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	struct conf_section *sections =
		array_room(file->sections, file->section_count, sizeof(*sections));
	char *title = strdup(closed->title);

	(void)cfg;
	if (sections)
		file->sections = sections;
	if (!sections || !title) {
		reader->out_of_memory = true;
		free(title);
		return -1;
	}
	sections[file->section_count] = (struct conf_section){ .title = title,
		.line = braces[file->section_count].open,
		.end = braces[file->section_count].close };
	file->section_count++;
	return 0;
}

static void cfg_free_p(cfg_t **cfg)
{
	if (*cfg)
		cfg_free(*cfg);
}

/* The text with any name taken, for its names only. NULL without memory. */
static cfg_t *parse_names(const char *text)
{
	cfg_opt_t none[] = { CFG_END() };
	cfg_opt_t sections[] = { CFG_SEC(CONF_FILE_SECTION, none, SECTION_FLAGS),
		CFG_END() };
	cfg_t *cfg = cfg_init(sections, CFGF_KEYSTRVAL);

	if (!cfg)
		return NULL;
	cfg_set_error_function(cfg, error_ignore);
	cfg_parse_buf(cfg, text);
	return cfg;
}

static bool has_name(const struct buf *opts, const char *name)
{
	const cfg_opt_t *opt = (const void *)opts->data;

	for (size_t i = 0; i < opts->len / sizeof(*opt); i++) {
		if (strcmp(opt[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Adds the names that CFG was found to have, as those of strings. */
static void add_names(cfg_t *cfg, struct buf *opts)
{
	for (unsigned i = 0; i < cfg_num(cfg); i++) {
		cfg_opt_t *found = cfg_getnopt(cfg, i);
		const cfg_opt_t opt =
			CFG_STR_CB(found->name, NULL, CFGF_NODEFAULT, item_add);

		if (found->type == CFGT_STR && !has_name(opts, found->name))
			buf_add(opts, &opt, sizeof(opt));
	}
}

static void add_opt(const cfg_opt_t *opt, struct buf *opts)
{
	buf_add(opts, opt, sizeof(*opt));
}

/* The text once more, each name of which is now known to be a string. */
static int parse_values(const char *text, cfg_t *names)
{
	CLEANUP(buf_free) struct buf inner = { 0 }, outer = { 0 };
	CLEANUP(cfg_free_p) cfg_t *cfg = NULL;
	const cfg_opt_t end = CFG_END();

	for (unsigned i = 0; i < cfg_size(names, CONF_FILE_SECTION); i++)
		add_names(cfg_getnsec(names, CONF_FILE_SECTION, i), &inner);
	add_opt(&end, &inner);
	if (buf_failed(&inner))
		return -ENOMEM;
	add_opt(&(const cfg_opt_t)CFG_SEC(
			CONF_FILE_SECTION, (cfg_opt_t *)inner.data, SECTION_FLAGS),
		&outer);
	add_names(names, &outer);
	add_opt(&end, &outer);
	if (buf_failed(&outer))
		return -ENOMEM;
	cfg = cfg_init((cfg_opt_t *)outer.data, CFGF_NONE);
	if (!cfg)
		return -ENOMEM;
	cfg_set_error_function(cfg, error_report);
	cfg_set_validate_func(cfg, CONF_FILE_SECTION, section_add);
	cfg_parse_buf(cfg, text);
	return reader->out_of_memory ? -ENOMEM : 0;
}

int conf_file_parse(const char *text, size_t n, struct conf_file *ret)
{
	CLEANUP_FREE char *copy = strndup(text, n);
	CLEANUP(cfg_free_p) cfg_t *names = NULL;
	CLEANUP(conf_file_free) struct conf_file file = { 0 };
	CLEANUP(buf_free) struct buf braces = { 0 };
	struct reader here = { .file = &file, .braces = &braces };
	int r;

	if (!copy)
		return -ENOMEM;
	r = text_prepare(copy, strlen(copy) == n, &file, &braces);
	if (r < 0)
		return r;
	names = parse_names(copy);
	if (!names)
		return -ENOMEM;
	reader = &here;
	r = parse_values(copy, names);
	reader = NULL;
	if (r < 0)
		return r;
	*ret = file;
	file = (struct conf_file){ 0 };
	return 0;
}

void conf_file_free(struct conf_file *file)
{
	for (size_t i = 0; i < file->count; i++) {
		free(file->items[i].name);
		free(file->items[i].value);
	}
	for (size_t i = 0; i < file->section_count; i++)
		free(file->sections[i].title);
	free(file->sections);
	free(file->items);
	free(file->fault);
	*file = (struct conf_file){ 0 };
}
