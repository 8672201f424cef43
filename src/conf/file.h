/* SPDX-License-Identifier: ISC */
/* The text of a configuration file, taken apart by libconfuse into settings with their lines. */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include <stddef.h>

#define CONF_FILE_SECTION "account" /* the one kind there is: account "title" { ... } */

struct conf_item {
	char *name;
	char *value;
	int line;
	size_t section; /* number of the section it stands in, from 1; 0: in none */
};

struct conf_section {
	char *title;
	int line; /* of its opening brace */
	int end;  /* of the closing one */
};

/* The settings and the sections, each in the order of the file. */
struct conf_file {
	struct conf_item *items;
	size_t count;
	struct conf_section *sections;
	size_t section_count;
	char *fault; /* the syntax error that hides the rest of the file, or NULL */
	int fault_line;
};

/*
 * Takes the N bytes at TEXT apart. 0 and *RET, which the caller frees with conf_file_free(), with
 * the settings up to the end or the first syntax error; or -ENOMEM.
 */
int conf_file_parse(const char *text, size_t n, struct conf_file *ret);
void conf_file_free(struct conf_file *file);

#endif
