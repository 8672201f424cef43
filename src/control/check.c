/* SPDX-License-Identifier: ISC */
/* mailchute check: the configuration as it will be used, and then a login with it. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/defaults.h"
#include "conf/conf.h"
#include "control/check.h"
#include "control/control.h"

struct arguments {
	const char *file;
	bool offline, json;
};

static void usage(FILE *to)
{
	fputs("usage: mailchute check [--json] [--offline] [-c FILE]\n\n"
	      "  -c, --config FILE  in place of " DEFAULT_CONF_FILE "\n"
	      "      --json         tells the steps as one object, for programs\n"
	      "      --offline      validates the file, and connects to nothing\n",
		to);
}

/* True to go on; false when *RET_EXIT is the answer. */
static bool parse_arguments(int argc, char **argv, struct arguments *a, int *ret_exit)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "offline", no_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		switch (c) {
		case 'c': a->file = optarg; break;
		case 'j': a->json = true; break;
		case 'o': a->offline = true; break;
		case 'h':
			usage(stdout);
			*ret_exit = EX_OK;
			return false;
		default:
			usage(stderr);
			*ret_exit = EX_USAGE;
			return false;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "mailchute: check takes no '%s'\n", argv[optind]);
		usage(stderr);
		*ret_exit = EX_USAGE;
		return false;
	}
	return true;
}

int control_loaded(int r, const struct buf *errors)
{
	if (r == 0)
		return EX_OK;
	if (r == -ENOMEM) {
		fputs("mailchute: there is not enough memory\n", stderr);
		return EX_OSERR;
	}
	fwrite(errors->data, 1, errors->len, stderr);
	return EX_CONFIG;
}

int control_load(const char *path, struct conf **ret)
{
	CLEANUP(buf_free) struct buf errors = { 0 };

	return control_loaded(conf_load(path, ret, &errors), &errors);
}

/* The same, with the faults as steps. */
static int load_for_programs(const char *path, struct conf **ret)
{
	CLEANUP(buf_free) struct buf errors = { 0 };
	struct steps s = { .json = true };
	char *rest = NULL, *line;
	int r = conf_load(path, ret, &errors);

	if (r == 0)
		return EX_OK;
	steps_section(&s, "%s", path);
	line = buf_cstr(&errors) ? strtok_r(errors.data, "\n", &rest) : NULL;
	for (; line; line = strtok_r(NULL, "\n", &rest))
		steps_tell(&s, STEP_FAIL, "configuration", "", "%s", line);
	return steps_end(&s) < 0 || r == -ENOMEM ? EX_OSERR : EX_CONFIG;
}

/* The further accounts show what is theirs. */
static bool is_shown(const struct conf *conf, enum conf_key key)
{
	return !conf->line || conf_key_of_account(key);
}

/* One line an option: name, value, where it comes from. */
static int print_account(const struct conf *conf)
{
	struct buf values[CONF_KEY_COUNT] = { 0 }, origins[CONF_KEY_COUNT] = { 0 };
	int width = 1, status = EX_OK;

	for (enum conf_key key = 0; key < CONF_KEY_COUNT; key++) {
		conf_key_value(conf, key, &values[key]);
		if (values[key].len == 0)
			buf_addc(&values[key], '-');
		conf_origin(conf, key, &origins[key]);
		if ((int)values[key].len > width)
			width = (int)values[key].len;
	}
	if (conf->line)
		printf("\naccount %s\n", conf->name);
	else
		printf("%s\n", conf->path);
	for (enum conf_key key = 0; key < CONF_KEY_COUNT; key++) {
		const char *value = buf_cstr(&values[key]),
			   *origin = buf_cstr(&origins[key]);

		if (value && origin && is_shown(conf, key))
			printf("  %-16s %-*s  %s\n", conf_key_name(key), width, value,
				origin);
		else if (!value || !origin)
			status = EX_OSERR;
		buf_free(&values[key]);
		buf_free(&origins[key]);
	}
	return status;
}

static int print_conf(const struct conf *conf)
{
	int status = EX_OK;

	for (size_t i = 0; status == EX_OK && i <= conf->account_count; i++)
		status = print_account(conf_account(conf, i));
	return status;
}

/* Each of them is tried; the first that fails makes the exit code. */
static int check_logins(struct steps *s, const struct conf *conf, const char *to)
{
	int status = EX_OK;

	for (size_t i = 0; i <= conf->account_count; i++) {
		int r = check_login(s, conf_account(conf, i), to);

		status = status == EX_OK ? r : status;
	}
	return status;
}

void check_around(struct steps *s, const struct conf *conf, char **ret_root)
{
	if (strcmp(conf->path, DEFAULT_CONF_FILE) == 0)
		check_system(s, conf);
	check_sense(s, conf);
	check_aliases(s, conf, ret_root);
}

/* All that is to be seen beyond the file. */
static int check_all(const struct conf *conf, const struct arguments *a)
{
	struct steps s = { .json = a->json };
	CLEANUP_FREE char *root = NULL;
	int status = EX_OK;

	check_around(&s, conf, &root);
	if (s.worst == STEP_FAIL)
		status = EX_UNAVAILABLE;
	if (!a->offline) {
		int r = check_logins(&s, conf, root);

		status = status == EX_OK ? r : status;
	}
	return steps_end(&s) < 0 ? EX_OSERR : status;
}

static void conf_free_p(struct conf **conf)
{
	conf_free(*conf);
}

int control_check(int argc, char **argv)
{
	struct arguments a = { .file = DEFAULT_CONF_FILE };
	CLEANUP(conf_free_p) struct conf *conf = NULL;
	int status;

	if (!parse_arguments(argc, argv, &a, &status))
		return status;
	status = a.json ? load_for_programs(a.file, &conf) : control_load(a.file, &conf);
	if (status == EX_OK && !a.json)
		status = print_conf(conf);
	if (status == EX_OK)
		status = check_all(conf, &a);
	if (fflush(stdout) != 0 && status == EX_OK)
		status = EX_IOERR;
	return status;
}
