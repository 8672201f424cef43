/* SPDX-License-Identifier: ISC */
#include "sendmail/arguments.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sysexits.h>

#include "mail/dsn.h"
#include "sendmail/caller.h"

static bool has_control(const char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < ' ' || *s == 127)
			return true;
	}
	return false;
}

/* -f: "", "<>", an address, or a mailbox of which only the address counts. */
static int read_sender(const char *given, struct submission *s)
{
	struct address_list list = { 0 };
	struct buf sender = { 0 };
	int r = 0;

	if (!given) {
		caller_names(&sender, &s->full_name);
	} else if (*given && strcmp(given, "<>") != 0) {
		r = has_control(given) ? -EINVAL
				       : address_list_parse(given, strlen(given), &list);
		if (r == 0 && list.count != 1)
			r = -EINVAL;
		if (r == 0)
			buf_adds(&sender, list.items[0]);
		address_list_free(&list);
	}
	if (r == -EINVAL)
		return trouble_set(
			&s->trouble, EX_USAGE, "-f '%s' is not an address", given);
	s->envelope.sender.address = buf_steal(&sender);
	return r < 0 || !s->envelope.sender.address ? trouble_memory(&s->trouble) : EX_OK;
}

int arguments_words(char **words, struct address_list *list, struct trouble *trouble)
{
	for (char **word = words; *word; word++) {
		int r = -EINVAL;

		if (!has_control(*word))
			r = address_list_parse(*word, strlen(*word), list);
		if (r == -ENOMEM)
			return trouble_memory(trouble);
		if (r < 0)
			return trouble_set(
				trouble, EX_USAGE, "'%s' is not an address", *word);
	}
	return EX_OK;
}

/* A keyword is written in capitals, as RFC 3461 does; an ID stays as it is. */
static void add_value(const char *value, bool keyword, struct buf *out)
{
	for (const char *c = value; *c; c++)
		buf_addc(out, keyword && *c >= 'a' ? (char)(*c - 'a' + 'A') : *c);
}

/* -N, -R and -V as SMTP has them. A value that is no good is told and left out: no mail is lost for
 * that. */
static int read_reports(const struct options *o, struct submission *s)
{
	struct buf sender = { 0 };
	const struct {
		char letter;
		const char *name;
		const char *value;
		bool (*valid)(const char *value);
		struct buf *to;
	} rows[] = {
		{ 'R', "RET=", o->ret, dsn_ret_valid, &sender },
		{ 'V', "ENVID=", o->envid, dsn_envid_valid, &sender },
		{ 'N', "NOTIFY=", o->notify, dsn_notify_valid, &s->parameters },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct trouble warning;

		if (!rows[i].value)
			continue;
		if (rows[i].valid(rows[i].value)) {
			buf_adds(rows[i].to, rows[i].to->len ? " " : "");
			buf_adds(rows[i].to, rows[i].name);
			add_value(rows[i].value, rows[i].letter != 'V', rows[i].to);
		} else if (!o->silent) {
			trouble_set(&warning, EX_OK,
				"-%c '%s' is not understood, and ignored", rows[i].letter,
				rows[i].value);
			trouble_report(&warning);
		}
	}
	if (!sender.len)
		return EX_OK;
	s->envelope.sender.parameters = buf_steal(&sender);
	return s->envelope.sender.parameters ? EX_OK : trouble_memory(&s->trouble);
}

static int read_recipients(const struct options *o, struct submission *s)
{
	struct address_list list = { 0 };
	int status = arguments_words(o->words, &list, &s->trouble);

	if (status == EX_OK)
		status = submission_add_list(s, &list);
	address_list_free(&list);
	return status;
}

int arguments_read(const struct options *o, struct submission *s)
{
	int status;

	if (o->full_name && has_control(o->full_name))
		return trouble_set(
			&s->trouble, EX_USAGE, "-F has a control character in it");
	status = read_sender(o->sender, s);
	if (status != EX_OK)
		return status;
	if (o->full_name) {
		buf_clear(&s->full_name);
		buf_adds(&s->full_name, o->full_name);
	}
	s->from_header = o->from_header;
	status = read_reports(o, s);
	if (status == EX_OK)
		status = read_recipients(o, s);
	if (status == EX_OK && s->envelope.count == 0 && !o->from_header)
		return trouble_set(&s->trouble, EX_USAGE,
			"no recipients: name them, or use -t to take them from the "
			"header");
	return status;
}
