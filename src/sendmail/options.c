/* SPDX-License-Identifier: ISC */
#include "sendmail/options.h"

#include <string.h>
#include <strings.h>

#include "base/num.h"

/* Letters with a value (attached or the next word), with an optional attached one, and without. */
#define WITH_VALUE     "ABbCDeFfhLNOopRrVX"
#define ATTACHED_VALUE "dEJq"
#define FLAGS	       "cGIimntUvx"

static bool fault(struct options *o, const char *what, const char *word)
{
	o->fault = what;
	o->fault_word = word;
	return false;
}

static enum mode mode_by_name(const char *argv0)
{
	static const struct {
		const char *name;
		enum mode mode;
	} names[] = {
		{ "mailq", MODE_LIST },
		{ "newaliases", MODE_ALIASES },
		{ "runq", MODE_FLUSH },
		{ "hoststat", MODE_NOTHING },
		{ "purgestat", MODE_NOTHING },
		{ "smtpd", MODE_DAEMON },
	};
	const char *slash = strrchr(argv0, '/');

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(slash ? slash + 1 : argv0, names[i].name) == 0)
			return names[i].mode;
	}
	return MODE_SUBMIT;
}

/* -bX. Whoever asks for a queue run does not get a message read, in whatever order that is said. */
static bool take_mode(struct options *o, const char *value, const char *word)
{
	static const struct {
		char letter;
		enum mode mode;
	} letters[] = {
		{ 'm', MODE_SUBMIT },
		{ 's', MODE_SMTP },
		{ 'q', MODE_SUBMIT }, /* dma: queue and return */
		{ 'p', MODE_LIST },
		{ 'P', MODE_COUNT },
		{ 'v', MODE_VERIFY },
		{ 'i', MODE_ALIASES },
		{ 'h', MODE_NOTHING },
		{ 'H', MODE_NOTHING },
		{ 'd', MODE_DAEMON },
		{ 'D', MODE_DAEMON },
		{ 'l', MODE_DAEMON },
	};

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (value[0] != letters[i].letter || value[1])
			continue;
		if (o->mode != MODE_FLUSH || letters[i].mode != MODE_SUBMIT)
			o->mode = letters[i].mode;
		return true;
	}
	return fault(o, "this mode is not supported", word);
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

/* What follows NAME in WORD, or NULL. */
static const char *value_of(const char *name, const char *word)
{
	size_t n = strlen(name);

	return strncasecmp(word, name, n) == 0 ? word + n : NULL;
}

static bool take_limit(
	struct options *o, const char *value, const char *word, uint64_t *ret)
{
	return num_parse(value, strlen(value), INT64_MAX, ret) == 0 ||
	       fault(o, "this is no number", word);
}

/* -O Name=value: the long options that mean something here. */
static bool long_option(struct options *o, const char *word)
{
	const char *value;

	if ((value = value_of("IgnoreDots=", word)))
		o->dots_are_data = value_is_true(value);
	else if ((value = value_of("ErrorMode=", word)))
		error_mode(o, value);
	else if ((value = value_of("MaxMessageSize=", word)))
		return take_limit(o, value, word, &o->max_size);
	else if ((value = value_of("MaxRecipientsPerMessage=", word)))
		return take_limit(o, value, word, &o->max_recipients);
	return true;
}

/* What may follow -q: nothing, "f", "30m", "1h30m", "90". */
static bool is_interval(const char *s)
{
	if (*s < '0' || *s > '9')
		return !*s || strcmp(s, "f") == 0;
	return s[strspn(s, "0123456789smhdw")] == '\0';
}

/*
 * -q, -qf, -q30m, and for some of the mail only: -qIid, -qRrecipient, -qSsender. All ask for one
 * flush: the service runs the queue by itself, and a few tries more cost nothing.
 */
static bool take_queue_run(struct options *o, const char *value, const char *word)
{
	bool some = *value && strchr("IRS", *value);

	if (some ? !value[1] : !is_interval(value))
		return fault(o, "this way to run the queue is not supported", word);
	if (o->mode == MODE_SUBMIT)
		o->mode = MODE_FLUSH;
	return true;
}

static bool take_attached(
	struct options *o, char letter, const char *value, const char *word)
{
	if (letter == 'q')
		return take_queue_run(o, value, word);
	if (letter == 'd' && strcmp(value, "0.1") == 0)
		o->tell_version = true;
	return true;
}

static void take_flag(struct options *o, char letter)
{
	switch (letter) {
	case 'I': o->mode = MODE_ALIASES; break;
	case 'i': o->dots_are_data = true; break;
	case 't': o->from_header = true; break;
	} /* the others have no meaning here */
}

static bool take_value(
	struct options *o, char letter, const char *value, const char *word)
{
	switch (letter) {
	case 'b': return take_mode(o, value, word);
	case 'e': error_mode(o, value); break;
	case 'F': o->full_name = value; break;
	case 'f':
	case 'r': o->sender = value; break;
	case 'N': o->notify = value; break;
	case 'O': return long_option(o, value);
	case 'o': sub_option(o, value); break;
	case 'R': o->ret = value; break;
	case 'V': o->envid = value; break;
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
			return take_attached(o, *c, c + 1, word);
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
		o->mode = MODE_HELP;
	else if (strcmp(word, "--version") == 0)
		o->mode = MODE_VERSION;
	else
		return fault(o, "unknown option", word);
	return true;
}

/* What does not go together. */
static bool check(struct options *o)
{
	switch (o->mode) {
	case MODE_SMTP:
		if (o->from_header)
			return fault(o, "not together with -bs", "-t");
		break;
	case MODE_LIST:
	case MODE_COUNT:
	case MODE_ALIASES:
	case MODE_FLUSH: break;
	default: return true;
	}
	return !*o->words || fault(o, "no recipients are taken in this mode", *o->words);
}

bool options_parse(char **argv, struct options *ret)
{
	char **next = *argv ? argv + 1 : argv;
	bool good = true;

	*ret = (struct options){ .fault = "" };
	if (*argv)
		ret->mode = mode_by_name(*argv);
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
	return good && check(ret);
}
