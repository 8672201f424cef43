/* SPDX-License-Identifier: ISC */
/* The text of a configuration file, taken apart by libconfuse into settings with their lines. */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include <stddef.h>

struct conf_item {
	char *name;
	char *value;
	int line;
};

/* The settings in the order of the file. */
struct conf_file {
	struct conf_item *items;
	size_t count;
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
