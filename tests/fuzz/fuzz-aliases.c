/* SPDX-License-Identifier: ISC */
/* The aliases file: names in order, targets that are addresses, faults that can be shown. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "mail/address.h"
#include "mail/aliases.h"
#include "mail/expand.h"

/* It reads as one address, and as the same again. */
static void check_target(const char *target)
{
	struct address_list list = { 0 };

	target += *target == '\\';
	REQUIRE(address_list_parse(target, strlen(target), &list) == 0);
	REQUIRE(list.count == 1 && strcmp(list.items[0], target) == 0);
	address_list_free(&list);
}

static void check_aliases(const struct aliases *aliases)
{
	for (size_t i = 0; i < aliases->count; i++) {
		const struct alias *alias = &aliases->items[i];

		for (const char *c = alias->name; *c; c++)
			REQUIRE(*c < 'A' || *c > 'Z');
		REQUIRE(i == 0 || strcmp(alias[-1].name, alias->name) < 0);
		REQUIRE(aliases_find(aliases, alias->name) == alias);
		REQUIRE(alias->line > 0);
		for (size_t k = 0; k < alias->count; k++)
			check_target(alias->targets[k]);
	}
}

struct seen {
	const struct expander *expander;
	size_t count;
	bool any_stuck;
};

/* Nothing local is sent to, and nothing else is stuck. */
static int see(void *context, const char *address, bool stuck)
{
	struct seen *seen = context;
	char name[LOCAL_NAME_SIZE];

	REQUIRE(local_name(&seen->expander->local, address, name) == stuck);
	seen->count++;
	seen->any_stuck |= stuck;
	return 0;
}

/* Every name leads somewhere: to an address when there is a last one. */
static void check_expansion(const struct aliases *aliases, const char *root)
{
	struct expander e;
	struct seen seen = { .expander = &e };

	REQUIRE(expander_open(&e, aliases, root, "") == 0);
	for (size_t i = 0; i < aliases->count; i++) {
		CLEANUP(buf_free) struct buf address = { 0 };

		buf_addf(&address, "%s@localhost", aliases->items[i].name);
		REQUIRE(expand(&e, buf_cstr(&address), see, &seen) == 0);
		REQUIRE(seen.count > 0);
	}
	REQUIRE(!*root || !seen.any_stuck);
	expander_close(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct aliases aliases;
	struct buf faults = { 0 };

	REQUIRE(aliases_parse("aliases", (const char *)data, n, &aliases, &faults) == 0);
	check_aliases(&aliases);
	check_expansion(&aliases, "");
	check_expansion(&aliases, "root@example.org");
	for (size_t i = 0; i < faults.len; i++)
		REQUIRE(faults.data[i] == '\n' ||
			(faults.data[i] >= ' ' && faults.data[i] <= '~'));
	aliases_clear(&aliases);
	buf_free(&faults);
	return 0;
}
