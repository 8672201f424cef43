/* SPDX-License-Identifier: ISC */
#include "sendmail/modes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/defaults.h"
#include "mail/address.h"
#include "mail/aliases.h"
#include "mail/listing.h"
#include "mail/spool.h"
#include "sendmail/arguments.h"

static int list(enum listing_form form, struct trouble *trouble)
{
	const char *spool = spool_path();
	int r = listing_write(spool, form, STDOUT_FILENO);

	if (r == 0)
		return EX_OK;
	return trouble_set(trouble, r == -EACCES ? EX_NOPERM : EX_UNAVAILABLE,
		"cannot list the queue %s: %s%s", spool, strerror(-r),
		r == -ENOENT ? "; systemd-tmpfiles --create mailchute.conf makes it"
			     : "");
}

int mode_list(const struct options *o, struct trouble *trouble)
{
	(void)o;
	return list(LISTING_TEXT, trouble);
}

int mode_count(const struct options *o, struct trouble *trouble)
{
	(void)o;
	return list(LISTING_COUNT, trouble);
}

int mode_verify(const struct options *o, struct trouble *trouble)
{
	struct address_list list = { 0 };
	int status = arguments_words(o->words, &list, trouble);

	if (status == EX_OK && list.count == 0)
		status = trouble_set(trouble, EX_USAGE,
			"no addresses: -bv looks at those on the command line");
	address_list_free(&list);
	return status;
}

/* Each line of TEXT by itself. */
static void warn(const char *text)
{
	struct trouble warning;

	while (*text) {
		int n = (int)strcspn(text, "\n");

		trouble_set(&warning, EX_OK, "%.*s", n, text);
		trouble_report(&warning);
		text += n;
		text += *text == '\n';
	}
}

/*
 * There is nothing to build: the flusher reads the file itself. What is wrong with it is told, but no
 * failure: the rest is used, and packages run newaliases when they are installed.
 */
int mode_aliases(const struct options *o, struct trouble *trouble)
{
	CLEANUP(buf_free) struct buf faults = { 0 };
	int r = aliases_check(DEFAULT_ALIASES, &faults);

	if (!o->silent && buf_cstr(&faults))
		warn(faults.data);
	if (r == 0 || r == -EINVAL)
		return EX_OK;
	return trouble_set(
		trouble, EX_OSFILE, "cannot read " DEFAULT_ALIASES ": %s", strerror(-r));
}

int mode_flush(const struct options *o, struct trouble *trouble)
{
	const char *spool = spool_path();
	int r = spool_ask_flush(spool);

	(void)o;
	return r < 0 ? trouble_spool(trouble, "cannot ask for a flush in", spool, r)
		     : EX_OK;
}

int mode_nothing(const struct options *o, struct trouble *trouble)
{
	(void)o;
	(void)trouble;
	return EX_OK;
}

int mode_daemon(const struct options *o, struct trouble *trouble)
{
	(void)o;
	return trouble_set(trouble, EX_USAGE,
		"this is no daemon: mailchute.path starts mailchute.service, which runs "
		"the queue, and mailchute-smtp.socket serves the local SMTP port; "
		"systemctl enable --now mailchute.path mailchute-smtp.socket");
}

int mode_help(const struct options *o, struct trouble *trouble)
{
	(void)o;
	(void)trouble;
	puts("usage: sendmail [-i] [-t] [-f sender] [-F name] [recipient ...]\n"
	     "       sendmail -bs | -bp | -bi | -q\n"
	     "Reads a message from standard input and queues it; see sendmail(8).");
	return EX_OK;
}

int mode_version(const struct options *o, struct trouble *trouble)
{
	(void)o;
	(void)trouble;
	puts(PACKAGE_NAME " " PACKAGE_VERSION);
	return EX_OK;
}
