/* SPDX-License-Identifier: ISC */
/* The aliases file: names in order, targets that are addresses, faults that can be shown. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "mail/address.h"
#include "mail/aliases.h"

/* It reads as one address, and as the same again. */
static void check_target(const char *target)
{
	struct address_list list = { 0 };

	target += *target == '\\';
	REQUIRE(address_list_parse(target, strlen(target), &list) == 0);
	REQUIRE(list.count == 1 && strcmp(list.items[0].address, target) == 0);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct aliases aliases;
	struct buf faults = { 0 };

	REQUIRE(aliases_parse("aliases", (const char *)data, n, &aliases, &faults) == 0);
	check_aliases(&aliases);
	for (size_t i = 0; i < faults.len; i++)
		REQUIRE(faults.data[i] == '\n' ||
			(faults.data[i] >= ' ' && faults.data[i] <= '~'));
	aliases_clear(&aliases);
	buf_free(&faults);
	return 0;
}
