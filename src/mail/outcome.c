/* SPDX-License-Identifier: ISC */
#include "mail/outcome.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

const char *outcome_said(const char *text, size_t *ret_n)
{
	const char *mark = strstr(text, OUTCOME_SAID), *said;

	if (!mark || text[strlen(text) - 1] != ')')
		return NULL;
	said = mark + strlen(OUTCOME_SAID);
	*ret_n = strlen(said) - 1;
	return said;
}

static const char *const verdict_names[] = {
	[VERDICT_DELIVERED] = "delivered",
	[VERDICT_DEFERRED] = "deferred",
	[VERDICT_FAILED] = "failed",
	[VERDICT_UNATTEMPTED] = "unattempted",
};

static const char *const blame_names[] = {
	[BLAME_NOBODY] = "nobody",
	[BLAME_RECIPIENT] = "recipient",
	[BLAME_SENDER] = "sender",
	[BLAME_MESSAGE] = "message",
	[BLAME_ACCOUNT] = "account",
	[BLAME_QUOTA] = "quota",
	[BLAME_PACE] = "pace",
	[BLAME_LINK] = "link",
	[BLAME_OURSELVES] = "ourselves",
};

const char *verdict_name(enum verdict verdict)
{
	return verdict_names[verdict];
}

const char *blame_name(enum blame blame)
{
	return blame_names[blame];
}

bool blame_holds_account(enum blame blame)
{
	return blame == BLAME_ACCOUNT || blame == BLAME_QUOTA || blame == BLAME_PACE;
}

bool verdict_parse(struct span name, enum verdict *ret)
{
	int found = span_find(name, verdict_names, COUNT(verdict_names));

	if (found >= 0)
		*ret = (enum verdict)found;
	return found >= 0;
}

bool blame_parse(struct span name, enum blame *ret)
{
	int found = span_find(name, blame_names, COUNT(blame_names));

	if (found >= 0)
		*ret = (enum blame)found;
	return found >= 0;
}
