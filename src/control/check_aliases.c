/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "control/check.h"
#include "mail/expand.h"

static void print_faults(const char *text)
{
	while (*text) {
		int n = (int)strcspn(text, "\n");

		printf("  warn: %.*s\n", n, text);
		text += n;
		text += *text == '\n';
	}
}

static int add_address(void *context, const char *address, bool stuck)
{
	struct buf *out = context;

	if (!stuck)
		buf_addf(out, "%s%s", out->len ? ", " : "", address);
	return 0;
}

static void print_root(const struct conf *conf, const struct aliases *aliases)
{
	const struct alias *alias = aliases_find(aliases, "root");
	CLEANUP(buf_free) struct buf addresses = { 0 };
	struct expander e;

	if (expander_open(&e, aliases, conf->root, conf->hostname) < 0)
		return;
	expand(&e, "root", add_address, &addresses);
	expander_close(&e);
	if (addresses.len && buf_cstr(&addresses))
		printf("  mail for root goes to %s\n", addresses.data);
	else
		puts("  warn: mail for root goes nowhere, and waits; set root = "
		     "\"you@example.org\"");
	if (alias && *conf->root)
		printf("  note: root is set in %s, so the alias of root in line %u is "
		       "not used\n",
			conf->path, alias->line);
}

void check_aliases(const struct conf *conf)
{
	CLEANUP(aliases_clear) struct aliases aliases = { 0 };
	CLEANUP(buf_free) struct buf faults = { 0 };
	int r = aliases_load(conf->aliases, &aliases, &faults);

	printf("\n%s: %zu alias%s\n", conf->aliases, aliases.count,
		aliases.count == 1 ? "" : "es");
	if (buf_cstr(&faults))
		print_faults(faults.data);
	if (r == 0 || *conf->root)
		print_root(conf, &aliases);
}
