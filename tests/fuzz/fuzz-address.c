/* SPDX-License-Identifier: ISC */
/* A list of addresses: what was read and written parses to the same mailboxes. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "mail/address.h"
#include "mail/field_writer.h"

/* One mailbox as it would stand in a field of ours. */
static void check_mailbox(const char *address)
{
	struct address_list list = { 0 };
	struct buf text = { 0 };

	REQUIRE(*address && strlen(address) <= ADDRESS_MAX);
	REQUIRE(!strpbrk(address, "<>\r\n"));
	field_mailbox("To", "J\xc3\xb6 \"O\" (x)", address, &text);
	REQUIRE(fuzz_is_wire_form(text.data, text.len));
	REQUIRE(address_list_parse(text.data + 3, text.len - 3, &list) == 0);
	REQUIRE(list.count == 1);
	REQUIRE(strcmp(list.items[0], address) == 0);
	REQUIRE(address_equal(list.items[0], address));
	address_list_free(&list);
	buf_free(&text);
}

/* An address without a domain gets one. */
static void check_qualified(const char *address)
{
	struct address_list list = { 0 };
	struct buf text = { 0 };

	buf_addf(&text, "<%s@host.example>", address);
	REQUIRE(address_list_parse(text.data, text.len, &list) == 0);
	REQUIRE(list.count == 1);
	REQUIRE(strcmp(address_domain(list.items[0]), "host.example") == 0);
	address_list_free(&list);
	buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct address_list list = { 0 };

	address_list_parse((const char *)data, n, &list);
	for (size_t i = 0; i < list.count; i++) {
		const char *address = list.items[i];

		check_mailbox(address);
		if (!address_domain(address) && strlen(address) < ADDRESS_MAX / 2)
			check_qualified(address);
	}
	address_list_free(&list);
	return 0;
}
