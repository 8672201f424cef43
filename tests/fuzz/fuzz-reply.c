/* SPDX-License-Identifier: ISC */
/* Replies, what EHLO tells, and what is made of them. */
#include <string.h>

#include "fuzz.h"
#include "wire/caps.h"
#include "wire/classify.h"
#include "wire/reply.h"

static void check_printable(const char *s)
{
	for (; *s; s++)
		REQUIRE(*s >= ' ' && *s <= '~');
}

static const struct classify_account account = { "user", "microsoft365", false,
	"a token" };

static void check_reply(const struct reply *reply)
{
	char sentence[OUTCOME_TEXT_MAX];

	REQUIRE(reply->code >= 200 && reply->code <= 599);
	REQUIRE(strlen(reply->text) == reply->len && reply->lines > 0);
	check_printable(reply->enhanced);
	reply_sentence(reply, sentence, sizeof(sentence));
	check_printable(sentence);
	for (enum stage stage = STAGE_CONNECT; stage <= STAGE_FINAL; stage++) {
		struct outcome o = classify_reply(stage, reply, &account);

		REQUIRE(o.verdict != VERDICT_DELIVERED ||
			(stage == STAGE_FINAL && reply->code / 100 == 2));
		REQUIRE(o.verdict != VERDICT_FAILED || reply->code / 100 != 4);
		check_printable(o.text);
		check_printable(o.enhanced);
	}
}

static void check_caps(const struct reply *reply)
{
	struct buf words = { 0 };
	struct caps caps;

	caps_parse(reply, &caps);
	caps_describe(&caps, &words);
	REQUIRE(buf_cstr(&words));
	check_printable(words.data);
	buf_free(&words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *at = (const char *)data, *end = at + n;
	struct reply reply = { 0 };

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		int r = reply_add(&reply, at, (size_t)((lf ? lf : end) - at));

		if (r < 0)
			break;
		if (r == 1) {
			check_reply(&reply);
			check_caps(&reply);
			reply = (struct reply){ 0 };
		}
		at = lf ? lf + 1 : end;
	}
	return 0;
}
