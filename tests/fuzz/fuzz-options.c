/* SPDX-License-Identifier: ISC */
/* The command line: what is no good is told, and words stay words. */
#include <string.h>

#include "fuzz.h"
#include "sendmail/options.h"

#define WORDS_MAX 64

/* A word a line, our name first. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *argv[WORDS_MAX + 1] = { NULL }, **words = argv;
	struct buf text = { 0 };
	struct options options;
	bool good;

	buf_add(&text, data, n);
	REQUIRE(buf_cstr(&text));
	for (char *at = text.data; at && words < argv + WORDS_MAX;)
		*words++ = strsep(&at, "\n");
	good = options_parse(argv, &options);
	REQUIRE(options.fault && good == !*options.fault);
	REQUIRE(good || options.fault_word);
	REQUIRE(options.words > argv && options.words <= words);
	buf_free(&text);
	return 0;
}
