/* SPDX-License-Identifier: ISC */
/* What becomes of the recipients of a message before it is sent: a state in, a state out. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "flusher/resolve.h"

#define HEAD "mailchute-state 1\nattempts 2\nnext 5\nwaited 7\nnotified\n"

static void parse_aliases(const char *text, struct aliases *ret)
{
	struct buf faults = { 0 };

	assert_int_equal(aliases_parse("f", text, strlen(text), ret, &faults), 0);
	buf_free(&faults);
}

static void resolve(struct state *state, const char *text, const char *root)
{
	struct aliases aliases;
	struct expander e;

	parse_aliases(text, &aliases);
	assert_int_equal(expander_open(&e, &aliases, root, "host.example.org"), 0);
	assert_int_equal(resolve_recipients(state, &e), 0);
	expander_close(&e);
	aliases_clear(&aliases);
}

#define ALIASES                                                                          \
	"joe: j@x.org\nstaff: joe, k@x.org, l@x.org\nhalf: k@x.org, ann\n"               \
	"a: b\nb: a\n"

static const struct {
	const char *before;
	const char *root;
	const char *after;
} rows[] = {
	{ "pending 0 <a@b.org> 0 - \n", "", "pending 0 <a@b.org> 0 - \n" },
	{ "pending 0 <joe> 0 - \n", "", "pending 0 <j@x.org> 0 - \n" },
	{ "pending 3 <staff> 0 - \n", "",
		"pending 3 <k@x.org> 0 - \npending 3 <l@x.org> 0 - \n"
		"pending 3 <j@x.org> 0 - \n" },
	/* each address once, for whom it was named first */
	{ "pending 0 <k@X.org> 0 - \npending 1 <staff> 0 - \npending 2 <joe> 0 - \n"
	  "pending 3 <a@b.org> 0 - \npending 4 <a@B.org> 0 - \n",
		"",
		"pending 0 <k@X.org> 0 - \npending 1 <l@x.org> 0 - \n"
		"pending 1 <j@x.org> 0 - \npending 3 <a@b.org> 0 - \n" },
	/* those before keep what they were answered; those that are new were not asked */
	{ "pending 0 <c@x.org> 452 4.2.2 full\nfailed 1 <d@x.org> 550 5.1.1 no\n", "",
		"pending 0 <c@x.org> 452 4.2.2 full\nfailed 1 <d@x.org> 550 5.1.1 no\n" },
	{ "pending 0 <joe> 0 4.3.5 nowhere\n", "", "pending 0 <j@x.org> 0 - \n" },
	/* nobody gets it who has it, or cannot get it */
	{ "pending 0 <staff> 0 4.3.5 no\nfailed 1 <j@x.org> 550 - no\n"
	  "done 2 <k@x.org> 250 - ok\n",
		"", "pending 0 <l@x.org> 0 - \nfailed 1 <j@x.org> 550 - no\n" },
	{ "pending 0 <joe> 0 4.3.5 no\ndone 1 <j@x.org> 250 - ok\n"
	  "pending 2 <c@x.org> 0 - \n",
		"", "pending 2 <c@x.org> 0 - \n" },
	/* lines that were added while it was sent */
	{ "pending 0 <c@x.org> 0 - \npending 1 <d@x.org> 0 - \npending 2 <e@x.org> 0 - \n"
	  "done 1 <d@x.org> 250 - ok\nfailed 0 <c@x.org> 550 - no\nfailed 2 <e@",
		"", "pending 2 <e@x.org> 0 - \nfailed 0 <c@x.org> 550 - no\n" },
	/* what leads nowhere stays, and with it what is done */
	{ "pending 0 <ann> 0 4.3.5 no\ndone 1 <c@x.org> 250 - ok\n", "",
		"pending 0 <ann> 0 4.3.5 no\ndone 1 <c@x.org> 250 - ok\n" },
	{ "pending 0 <half> 0 - \n", "",
		"pending 0 <k@x.org> 0 - \npending 0 <ann> 0 - \n" },
	{ "pending 0 <a> 0 - \npending 1 <b> 0 - \n", "", "pending 0 <b> 0 - \n" },
	{ "pending 0 <ann> 0 - \npending 1 <ann> 0 - \n", "", "pending 0 <ann> 0 - \n" },
	/* root */
	{ "pending 0 <half> 0 - \npending 1 <a> 0 - \npending 2 <root> 0 - \n",
		"r@x.org, s@x.org",
		"pending 0 <k@x.org> 0 - \npending 0 <r@x.org> 0 - \n"
		"pending 0 <s@x.org> 0 - \n" },
};

/* Done twice it is the same as done once. */
static void test_rows(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf text = { 0 };
		struct state state;

		buf_addf(&text, HEAD "%s", rows[i].before);
		assert_int_equal(state_parse(text.data, text.len, &state), 0);
		for (int times = 0; times < 2; times++) {
			resolve(&state, ALIASES, rows[i].root);
			buf_clear(&text);
			state_format(&state, &text);
			assert_memory_equal(buf_cstr(&text), HEAD, strlen(HEAD));
			assert_string_equal(text.data + strlen(HEAD), rows[i].after);
		}
		state_clear(&state);
		buf_free(&text);
	}
}

/* Each second one twice, and an alias that leads to half of them. */
static void test_many(void **unused)
{
	struct buf aliases = { 0 }, text = { 0 };
	struct state state;

	(void)unused;
	buf_adds(&aliases, "all: x@y");
	buf_adds(&text, HEAD);
	for (unsigned i = 0; i < 100000; i++) {
		buf_addf(&text, "pending %u <user%u@example.org> 0 - \n", i, i / 2);
		if (i < 75000)
			buf_addf(&aliases, ", user%u@example.org", i);
	}
	buf_adds(&text, "pending 100000 <all> 0 - \n");
	assert_int_equal(state_parse(text.data, text.len, &state), 0);
	resolve(&state, buf_cstr(&aliases), "");
	assert_int_equal(state.count, 75001);
	assert_string_equal(state.recipients[49999].address, "user49999@example.org");
	assert_int_equal(state.recipients[49999].origin, 99998);
	assert_string_equal(state.recipients[50000].address, "x@y");
	assert_int_equal(state.recipients[75000].origin, 100000);
	state_clear(&state);
	buf_free(&aliases);
	buf_free(&text);
}

static void test_sender(void **unused)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "a@b", "a@b" },
		{ "root", "root@h.org" },
		{ "\"x@y\"", "\"x@y\"@h.org" },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		char *sender = resolve_sender("h.org", pairs[i][0]);

		assert_string_equal(sender, pairs[i][1]);
		free(sender);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
