/* SPDX-License-Identifier: ISC */
/* From the file to its accounts: the default one is what stands outside of sections. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/text.h"
#include "conf/conf.h"
#include "conf/draft.h"
#include "conf/file.h"
#include "conf/option.h"
#include "conf/value.h"

#define SIZE_MAX_FILE 1048576

static void conf_free_p(struct conf **conf)
{
	conf_free(*conf);
}

/* An account with the built-in values, or NULL without memory. */
static struct conf *conf_new(const char *path, const char *name)
{
	CLEANUP(conf_free_p) struct conf *conf = calloc(1, sizeof(*conf));

	if (!conf || !option_defaults(conf))
		return NULL;
	text_printable(conf->name, sizeof(conf->name), name, strlen(name));
	conf->path = strdup(path);
	return conf->path ? steal_pointer(&conf) : NULL;
}

/* The section's account, still empty. NULL without memory. */
static struct conf *account_add(struct conf *conf, const struct conf_section *section)
{
	struct conf **accounts =
		array_room(conf->accounts, conf->account_count, sizeof(struct conf *));
	struct conf *account = conf_new(conf->path, section->title);

	if (accounts)
		conf->accounts = accounts;
	if (!accounts || !account) {
		conf_free(account);
		return NULL;
	}
	account->line = section->line;
	accounts[conf->account_count++] = account;
	return account;
}

static bool take_general(struct conf *account, const struct conf *conf)
{
	for (enum conf_key key = 0; key < CONF_KEY_COUNT; key++) {
		if (option_scope(key) == OPTION_GENERAL &&
			!option_copy(account, conf, key))
			return false;
	}
	return true;
}

/* Takes the settings of the section with this NUMBER, 0 for those outside. 0 or -ENOMEM. */
static int take_section(const struct conf_file *file, size_t number, struct conf *conf,
	struct faults *faults)
{
	struct draft draft = { .conf = conf, .faults = faults, .whole = !file->fault };

	for (size_t i = 0; i < file->count; i++) {
		if (file->items[i].section == number)
			draft_apply(&draft, &file->items[i]);
	}
	return draft_complete(&draft);
}

/* 0 or -ENOMEM. */
static int take_account(const struct conf_file *file, size_t number, struct conf *conf,
	struct faults *faults)
{
	const struct conf_section *section = &file->sections[number - 1];
	const char *reason = value_refuse_account(section->title);
	struct conf *account = account_add(conf, section);

	if (!account || !take_general(account, conf))
		return -ENOMEM;
	if (strcmp(section->title, CONF_DEFAULT_ACCOUNT) == 0)
		reason = "is the account of the settings outside of any section; take "
			 "another name";
	if (reason)
		fault_add(faults, section->line, "account: \"%s\" %s", account->name,
			reason);
	return take_section(file, number, account, faults);
}

static void check_fallback(
	const struct conf *conf, const struct conf *account, struct faults *faults)
{
	const char *name = account->fallback;
	int line = account->lines[CONF_KEY_FALLBACK];

	if (*name && !conf_find_account(conf, name))
		fault_add(faults, line, "fallback: there is no account \"%s\"", name);
	else if (strcmp(name, account->name) == 0)
		fault_add(faults, line,
			"fallback: this is account \"%s\" itself; name another one",
			name);
}

/* 0 (look at the count of faults) or -ENOMEM. */
static int take_file(
	const struct conf_file *file, struct conf *conf, struct faults *faults)
{
	int r = take_section(file, 0, conf, faults);

	for (size_t i = 1; r == 0 && i <= file->section_count; i++) {
		if (i == CONF_ACCOUNTS_MAX) {
			fault_add(faults, file->sections[i - 1].line,
				"there are over %d accounts; run a second mail system "
				"for the others",
				CONF_ACCOUNTS_MAX);
			break;
		}
		r = take_account(file, i, conf, faults);
	}
	if (file->fault)
		fault_add(faults, file->fault_line, "%s", file->fault);
	for (size_t i = 0; r == 0 && !file->fault && i <= conf->account_count; i++)
		check_fallback(conf, conf_account(conf, i), faults);
	return r;
}

int conf_parse(const char *path, const char *text, size_t n, struct conf **ret,
	struct buf *errors)
{
	CLEANUP(conf_free_p) struct conf *conf = conf_new(path, CONF_DEFAULT_ACCOUNT);
	CLEANUP(conf_file_free) struct conf_file file = { 0 };
	struct faults faults = { .path = path, .out = errors };
	int r = conf ? conf_file_parse(text, n, &file) : -ENOMEM;

	if (r == 0)
		r = take_file(&file, conf, &faults);
	if (r == 0 && faults.count)
		r = -EINVAL;
	if (r == 0)
		*ret = steal_pointer(&conf);
	return r;
}

int conf_load(const char *path, struct conf **ret, struct buf *errors)
{
	CLEANUP(buf_free) struct buf text = { 0 };
	struct faults faults = { .path = path, .out = errors };
	int r = io_read_file(AT_FDCWD, path, SIZE_MAX_FILE, &text);

	if (r == -EFBIG)
		fault_add(&faults, 0, "is over 1 MiB, so it is hardly a configuration");
	else if (r < 0)
		fault_add(&faults, 0,
			"cannot be read: %s; see mailchute.conf(5) for what it holds",
			strerror(-r));
	return r < 0 ? r
		     : conf_parse(
			       path, text.data ? text.data : "", text.len, ret, errors);
}

void conf_free(struct conf *conf)
{
	if (!conf)
		return;
	for (size_t i = 0; i < conf->account_count; i++)
		conf_free(conf->accounts[i]);
	free(conf->accounts);
	option_free_strings(conf);
	free(conf->path);
	free(conf);
}

const struct conf *conf_account(const struct conf *conf, size_t number)
{
	return number ? conf->accounts[number - 1] : conf;
}

const struct conf *conf_find_account(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i <= conf->account_count; i++) {
		const struct conf *account = conf_account(conf, i);

		if (strcmp(account->name, name) == 0)
			return account;
	}
	return NULL;
}
