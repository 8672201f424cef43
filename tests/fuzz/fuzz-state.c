/* SPDX-License-Identifier: ISC */
/* The state of a message: what is read, written and read again is the same. */
#include "fuzz.h"
#include "mail/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf text = { 0 }, text2 = { 0 };
	struct state state, again;

	if (state_parse((const char *)data, n, &state) < 0)
		return 0;
	REQUIRE(state.count > 0);
	REQUIRE(state_count(&state, RECIPIENT_PENDING) +
			state_count(&state, RECIPIENT_FAILED) +
			state_count(&state, RECIPIENT_DONE) ==
		state.count);
	state_format(&state, &text);
	REQUIRE(state_parse(text.data, text.len, &again) == 0);
	REQUIRE(again.count == state.count);
	state_format(&again, &text2);
	REQUIRE(fuzz_same(&text, &text2));
	state_clear(&state);
	state_clear(&again);
	buf_free(&text);
	buf_free(&text2);
	return 0;
}
