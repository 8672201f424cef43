/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "control/check.h"
#include "mail/expand.h"

static void tell_faults(struct steps *s, const char *text)
{
	while (*text) {
		int n = (int)strcspn(text, "\n");

		steps_tell(s, STEP_WARN, "aliases", "", "%.*s", n, text);
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

static void tell_root(struct steps *s, const struct conf *conf,
	const struct aliases *aliases, char **ret_root)
{
	const struct alias *alias = aliases_find(aliases, "root");
	CLEANUP(buf_free) struct buf addresses = { 0 };
	struct expander e;

	if (expander_open(&e, aliases, conf->root, conf->hostname) < 0)
		return;
	expand(&e, "root", add_address, &addresses);
	expander_close(&e);
	if (addresses.len && buf_cstr(&addresses)) {
		steps_tell(s, STEP_OK, "root", "", "mail for root goes to %s",
			addresses.data);
		*ret_root = strndup(addresses.data, strcspn(addresses.data, ","));
	} else {
		steps_tell(s, STEP_WARN, "root", "set root = \"you@example.org\"",
			"mail for root goes nowhere, and waits");
	}
	if (alias && *conf->root)
		steps_tell(s, STEP_OK, "note", "",
			"root is set in %s, so the alias of root in line %u is not used",
			conf->path, alias->line);
}

void check_aliases(struct steps *s, const struct conf *conf, char **ret_root)
{
	CLEANUP(aliases_clear) struct aliases aliases = { 0 };
	CLEANUP(buf_free) struct buf faults = { 0 };
	int r = aliases_load(conf->aliases, &aliases, &faults);

	steps_section(s, "%s: %zu alias%s", conf->aliases, aliases.count,
		aliases.count == 1 ? "" : "es");
	if (buf_cstr(&faults))
		tell_faults(s, faults.data);
	if (r == 0 || *conf->root)
		tell_root(s, conf, &aliases, ret_root);
}
