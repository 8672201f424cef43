/* SPDX-License-Identifier: ISC */
#include "sendmail/options.h"

#include <string.h>
#include <strings.h>

/* Letters with a value (attached or the next word), with an optional attached one, and without. */
#define WITH_VALUE     "ABbCDeFfhLNOopRrVX"
#define ATTACHED_VALUE "d"
#define FLAGS	       "cGimntUvx"

static bool fault(struct options *o, const char *what, const char *word)
{
	o->fault = what;
	o->fault_word = word;
	return false;
}

/* -oi, -oitrue, -oiT; -oiF and -oifalse switch it off. */
static bool value_is_true(const char *value)
{
	return *value == '\0' || !strchr("fFnN", *value);
}

/* -eX and -oeX: how errors are told. They always go to stderr, except under q. */
static void error_mode(struct options *o, const char *mode)
{
	o->silent = *mode == 'q';
}

static void sub_option(struct options *o, const char *value)
{
	if (*value == 'i')
		o->dots_are_data = value_is_true(value + 1);
	else if (*value == 'e')
		error_mode(o, value + 1);
}

/* -O Name=value: the two long options that mean something here. */
static void long_option(struct options *o, const char *value)
{
	if (strncasecmp(value, "IgnoreDots=", 11) == 0)
		o->dots_are_data = value_is_true(value + 11);
	else if (strncasecmp(value, "ErrorMode=", 10) == 0)
		error_mode(o, value + 10);
}

static bool take_flag(struct options *o, char letter)
{
	if (letter == 'i')
		o->dots_are_data = true;
	else if (letter == 't')
		o->from_header = true;
	return true; /* the others have no meaning here */
}

static bool take_value(
	struct options *o, char letter, const char *value, const char *word)
{
	switch (letter) {
	case 'b':
		if (strcmp(value, "m") != 0 && strcmp(value, "s") != 0)
			return fault(o, "this mode is not supported", word);
		o->mode = *value == 's' ? MODE_SMTP : MODE_SUBMIT;
		break;
	case 'e': error_mode(o, value); break;
	case 'F': o->full_name = value; break;
	case 'f':
	case 'r': o->sender = value; break;
	case 'O': long_option(o, value); break;
	case 'o': sub_option(o, value); break;
	}
	return true;
}

/* One word of option letters, the last of which may take its value from *NEXT. */
static bool take_word(struct options *o, const char *word, char ***next)
{
	for (const char *c = word + 1; *c; c++) {
		if (strchr(FLAGS, *c)) {
			take_flag(o, *c);
			continue;
		}
		if (strchr(ATTACHED_VALUE, *c))
			return true;
		if (!strchr(WITH_VALUE, *c))
			return fault(o, "unknown option", word);
		if (c[1])
			return take_value(o, *c, c + 1, word);
		if (!**next)
			return fault(o, "the option needs a value", word);
		return take_value(o, *c, *(*next)++, word);
	}
	return true;
}

static bool take_long_word(struct options *o, const char *word)
{
	if (strcmp(word, "--help") == 0)
		o->help = true;
	else if (strcmp(word, "--version") == 0)
		o->version = true;
	else
		return fault(o, "unknown option", word);
	return true;
}

bool options_parse(char **argv, struct options *ret)
{
	char **next = *argv ? argv + 1 : argv;
	bool good = true;

	*ret = (struct options){ .fault = "" };
	while (good && *next && **next == '-') {
		const char *word = *next++;

		if (strcmp(word, "--") == 0)
			break;
		if (word[1] == '-')
			good = take_long_word(ret, word);
		else if (word[1])
			good = take_word(ret, word, &next);
		else
			good = fault(ret, "a lone '-' is no option", word);
	}
	ret->words = next;
	return good;
}
