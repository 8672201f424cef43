/* SPDX-License-Identifier: ISC */
/* Wire form: always so, for any input, whatever its pieces. */
#include "fuzz.h"
#include "mail/wireform.h"

static struct wireform convert(
	const uint8_t *data, size_t n, size_t piece, struct buf *out)
{
	struct wireform wire = { 0 };

	for (; n > 0; data += piece, n -= piece) {
		if (piece > n)
			piece = n;
		wireform_add(&wire, (const char *)data, piece, out);
	}
	wireform_end(&wire, out);
	return wire;
}

/* The first octet is the size of the pieces. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf whole = { 0 }, split = { 0 }, again = { 0 };
	struct wireform wire;
	bool eight_bit = false;

	if (n == 0)
		return 0;
	for (size_t i = 1; i < n; i++)
		eight_bit |= data[i] > 127;
	wire = convert(data + 1, n - 1, SIZE_MAX, &whole);
	REQUIRE(fuzz_is_wire_form(whole.data, whole.len));
	REQUIRE(wire.eight_bit == eight_bit);
	convert(data + 1, n - 1, data[0] ? data[0] : 1, &split);
	REQUIRE(fuzz_same(&whole, &split));
	convert((const uint8_t *)whole.data, whole.len, SIZE_MAX, &again);
	REQUIRE(fuzz_same(&whole, &again));
	buf_free(&whole);
	buf_free(&split);
	buf_free(&again);
	return 0;
}
