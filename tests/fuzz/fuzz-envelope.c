/* SPDX-License-Identifier: ISC */
/* The head of a queued file, which a stranger wrote: what is taken can be written, and is the same. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "mail/address.h"
#include "mail/envelope.h"

/* A size of the file that fits what line 2 says, so that the rest is looked at too. */
static off_t fitting_size(const char *s, size_t n)
{
	const char *end = memmem(s, n, "\n\n", 2);
	char digits[21] = "";

	if (n > ENVELOPE_SIZE_OFFSET + 25)
		memcpy(digits, s + ENVELOPE_SIZE_OFFSET + 5, 20);
	return (end ? end + 2 - s : 0) + (off_t)(strtoull(digits, NULL, 10) & UINT32_MAX);
}

static void check_path(const struct envelope_path *path)
{
	const char *address = path->address;

	REQUIRE(strlen(address) <= ADDRESS_MAX);
	for (; *address; address++)
		REQUIRE((unsigned char)*address >= ' ' && !strchr("<>\177", *address));
}

static void check_envelope(const struct envelope *e)
{
	struct envelope again;
	struct buf text = { 0 }, text2 = { 0 };
	const char *reason;

	check_path(&e->sender);
	REQUIRE(e->count > 0);
	for (size_t i = 0; i < e->count; i++) {
		REQUIRE(*e->recipients[i].address);
		check_path(&e->recipients[i]);
	}
	envelope_format(e, &text);
	REQUIRE(envelope_parse(text.data, text.len, (off_t)(text.len + e->size), &again,
			&reason) == 0);
	envelope_format(&again, &text2);
	REQUIRE(fuzz_same(&text, &text2));
	envelope_clear(&again);
	buf_free(&text);
	buf_free(&text2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct envelope e;
	const char *s = (const char *)data, *reason = NULL;

	if (envelope_parse(s, n, fitting_size(s, n), &e, &reason) == 0) {
		REQUIRE(e.offset > 0 && (size_t)e.offset <= n);
		check_envelope(&e);
		envelope_clear(&e);
	} else {
		REQUIRE(reason && *reason);
	}
	return 0;
}
