/* SPDX-License-Identifier: ISC */
/*
 * sendmail(8): reads a message and drops it into the spool.
 *
 * Runs as anybody, with the rights of its caller and nothing more. Exit status 0 means that the
 * message is durably in the queue; after any other, nothing of it is. Links libc alone, opens no
 * file that an option names, and writes nothing when all is well.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/io.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "mail/spool.h"
#include "sendmail/caller.h"
#include "sendmail/fixup.h"
#include "sendmail/intake.h"
#include "sendmail/options.h"

/* All that one submission holds. */
struct submission {
	struct options options;
	struct intake intake;
	struct address_list recipients;
	struct buf sender;    /* the reverse-path as given, or the login name */
	struct buf full_name; /* the user's, if the sender was not given */
	bool null_sender;
	struct drop drop;
	uint64_t written; /* octets of the message */
	off_t offset;	  /* of the message in the file */
};

/* The file that a signal has to take back; empty while there is none with a name. */
static struct drop *doomed;

static bool silent;

static int fail(int status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int fail(int status, const char *format, ...)
{
	char line[1024];
	va_list ap;
	size_t n;

	if (silent)
		return status;
	va_start(ap, format);
	n = (size_t)snprintf(line, sizeof(line), "sendmail: ");
	n += (size_t)vsnprintf(line + n, sizeof(line) - n, format, ap);
	va_end(ap);
	if (n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)line[i] < ' ' || line[i] == 127)
			line[i] = '?';
	}
	line[n++] = '\n';
	io_write_all(STDERR_FILENO, line, n);
	return status;
}

static int fail_memory(void)
{
	return fail(EX_TEMPFAIL, "out of memory; the message was not queued, try again");
}

/* What a failed system call in the spool means for the caller, and what there is to do. */
static int fail_spool(const char *what, const char *spool, int error)
{
	switch (-error) {
	case ENOENT:
	case ENOTDIR:
		return fail(EX_CANTCREAT,
			"%s %s/new: %s; the message was not queued. Install mailchute's "
			"spool directories: systemd-tmpfiles --create mailchute.conf",
			what, spool, strerror(-error));
	case EACCES:
	case EPERM:
		return fail(EX_NOPERM,
			"%s %s/new: %s; the message was not queued. The directory must "
			"have mode 3733",
			what, spool, strerror(-error));
	case EROFS:
		return fail(EX_TEMPFAIL,
			"%s %s/new: %s; the message was not queued. In a sandboxed unit, "
			"add ReadWritePaths=%s",
			what, spool, strerror(-error), spool);
	case EIO:
		return fail(EX_IOERR, "%s %s/new: %s; the message was not queued", what,
			spool, strerror(-error));
	default:
		return fail(EX_TEMPFAIL,
			"%s %s/new: %s; the message was not queued, try again", what,
			spool, strerror(-error));
	}
}

/* Missing standard descriptors would be given to the files we open. */
static void open_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++) {
		if (fcntl(i, F_GETFD) < 0)
			_exit(EX_OSFILE); /* no /dev/null here, and nowhere to say so */
	}
}

/* A caller that interrupts us means "do not send" (nodemailer does): nothing stays. */
static void on_signal(int number)
{
	if (doomed && *doomed->temporary)
		unlink(doomed->temporary);
	_exit(128 + number);
}

static void catch_signals(struct drop *drop)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal };

	doomed = drop;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction before;

		/* nohup(1) and shells that put us in the background ask to ignore them */
		if (sigaction(numbers[i], NULL, &before) == 0 &&
			before.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGXFSZ, &action, NULL); /* a file size limit shows as EFBIG instead */
}

static void block_signals(void)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static bool has_control(const char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < ' ' || *s == 127)
			return true;
	}
	return false;
}

/* -f: "", "<>", an address, or a mailbox of which only the address counts. */
static int read_sender(struct submission *s)
{
	const char *given = s->options.sender;
	struct address_list list = { 0 };
	int r = 0;

	if (!given) {
		caller_names(&s->sender, &s->full_name);
	} else if (!*given || strcmp(given, "<>") == 0) {
		s->null_sender = true;
	} else {
		r = has_control(given) ? -EINVAL
				       : address_list_parse(given, strlen(given), &list);
		if (r == 0 && list.count != 1)
			r = -EINVAL;
		if (r == 0)
			buf_adds(&s->sender, list.items[0].address);
		address_list_free(&list);
	}
	if (r == -EINVAL)
		return fail(EX_USAGE, "-f '%s' is not an address", given);
	return r < 0 || !buf_cstr(&s->sender) ? fail_memory() : EX_OK;
}

/* Each recipient word is a list of addresses: cron passes "a@x,b@y" as one. */
static int read_words(struct submission *s)
{
	for (char **word = s->options.words; *word; word++) {
		int r = -EINVAL;

		if (!has_control(*word))
			r = address_list_parse(*word, strlen(*word), &s->recipients);
		if (r == -ENOMEM)
			return fail_memory();
		if (r < 0)
			return fail(EX_USAGE, "'%s' is not an address", *word);
	}
	return EX_OK;
}

static int read_arguments(struct submission *s)
{
	const struct options *o = &s->options;
	int status;

	if (*o->fault)
		return fail(EX_USAGE, "%s: %s; sendmail(8) lists what is understood",
			o->fault, o->fault_word);
	if (o->full_name && has_control(o->full_name))
		return fail(EX_USAGE, "-F has a control character in it");
	status = read_sender(s);
	if (status != EX_OK)
		return status;
	status = read_words(s);
	if (status == EX_OK && s->recipients.count == 0 && !o->from_header)
		return fail(EX_USAGE, "no recipients: name them, or use -t to take them "
				      "from the header");
	return status;
}

static int compare_mailboxes(const void *a, const void *b)
{
	const struct mailbox *left = a, *right = b;

	return strcmp(left->address, right->address);
}

/* The union of two lists without duplicates, in the order of their addresses when there are many:
 * pointers into both. */
static struct envelope_path *merge_recipients(
	const struct address_list *a, const struct address_list *b, size_t *ret_count)
{
	size_t total = a->count + b->count, kept = 0;
	struct mailbox *all = calloc(total + 1, sizeof(*all));
	struct envelope_path *merged = calloc(total + 1, sizeof(*merged));

	if (all && merged) {
		if (a->count)
			memcpy(all, a->items, a->count * sizeof(*all));
		if (b->count)
			memcpy(all + a->count, b->items, b->count * sizeof(*all));
		if (total > 1)
			qsort(all, total, sizeof(*all), compare_mailboxes);
		for (size_t i = 0; i < total; i++) {
			if (kept == 0 ||
				!address_equal(merged[kept - 1].address, all[i].address))
				merged[kept++].address = all[i].address;
		}
		*ret_count = kept;
	} else {
		free(merged);
		merged = NULL;
	}
	free(all);
	return merged;
}

static int write_out(struct submission *s, const struct buf *piece)
{
	int r = io_write_all(s->drop.fd, piece->data, piece->len);

	return r < 0 ? fail_spool("cannot write to", s->drop.spool, r) : EX_OK;
}

/* Envelope and header section in one write. */
static int write_head(struct submission *s, const struct buf *section,
	struct envelope_path *recipients, size_t count)
{
	struct envelope envelope = { .sender.address =
					     s->null_sender ? (char *)"" : s->sender.data,
		.recipients = recipients,
		.count = count };
	struct buf head = { 0 };
	int status;

	if (count == 0)
		return fail(EX_USAGE, "no recipients in To, Cc or Bcc");
	if (count > ENVELOPE_RECIPIENTS_MAX)
		return fail(EX_DATAERR, "%zu recipients are more than %d", count,
			ENVELOPE_RECIPIENTS_MAX);
	envelope_format(&envelope, &head);
	s->offset = (off_t)head.len;
	s->written = section->len;
	buf_add(&head, section->data, section->len);
	if (s->offset > ENVELOPE_MAX)
		status = fail(EX_DATAERR, "the list of recipients is too long");
	else
		status = buf_failed(&head) ? fail_memory() : write_out(s, &head);
	buf_free(&head);
	return status;
}

static int fail_input(int error)
{
	if (error == -ENOMEM)
		return fail_memory();
	if (error == -E2BIG)
		return fail(EX_DATAERR,
			"the header section is too long; the message was not queued");
	return fail(EX_IOERR, "cannot read the message: %s; it was not queued",
		strerror(-error));
}

static int submit_head(struct submission *s)
{
	struct fixup fixup = { .collect = s->options.from_header,
		.full_name = s->options.full_name ? s->options.full_name
						  : buf_cstr(&s->full_name),
		.sender = s->null_sender ? "" : s->sender.data };
	struct buf header = { 0 }, section = { 0 };
	struct envelope_path *recipients = NULL;
	size_t count = 0;
	int status, r = intake_header(&s->intake, &header);

	if (r < 0) {
		status = fail_input(r);
	} else if ((r = fixup_header(&fixup, &header, &section)) == -EINVAL) {
		status = fail(EX_DATAERR,
			"the field %s is not a list of addresses; the message was not "
			"queued",
			fixup.bad_field);
	} else {
		if (r == 0)
			recipients = merge_recipients(
				&s->recipients, &fixup.recipients, &count);
		status = recipients ? write_head(s, &section, recipients, count)
				    : fail_memory();
	}
	free(recipients);
	fixup_free(&fixup);
	buf_free(&header);
	buf_free(&section);
	return status;
}

static int submit_body(struct submission *s)
{
	struct buf piece = { 0 };
	int status = EX_OK, r;

	while (status == EX_OK && (r = intake_body(&s->intake, &piece)) != 0) {
		status = r < 0 ? fail_input(r) : write_out(s, &piece);
		s->written += piece.len;
	}
	buf_free(&piece);
	return status;
}

/* Now that it is known how long the message is, the envelope says so. */
static int submit_size(struct submission *s)
{
	struct buf line = { 0 };
	ssize_t n;

	envelope_format_size(
		s->written, s->intake.wire.eight_bit, s->intake.wire.long_lines, &line);
	if (buf_failed(&line))
		return fail_memory();
	n = pwrite(s->drop.fd, line.data, line.len, ENVELOPE_SIZE_OFFSET);
	n = n == (ssize_t)line.len ? 0 : n < 0 ? -errno : -EIO;
	buf_free(&line);
	return n < 0 ? fail_spool("cannot write to", s->drop.spool, (int)n) : EX_OK;
}

static int submit(struct submission *s)
{
	static const char *const steps[] = {
		[DROP_OPEN] = "cannot create a file in",
		[DROP_LINK] = "cannot put the message into",
		[DROP_SYNC] = "cannot sync the message in",
	};
	enum drop_step step = DROP_OPEN;
	const char *spool = spool_path();
	int status, r = drop_open(&s->drop, spool);

	if (r < 0)
		return fail_spool(steps[DROP_OPEN], spool, r);
	status = submit_head(s);
	if (status == EX_OK)
		status = submit_body(s);
	if (status == EX_OK)
		status = submit_size(s);
	if (status != EX_OK) {
		drop_abort(&s->drop);
		return status;
	}
	block_signals(); /* from here on it is queued, or it failed: nothing between */
	r = drop_commit(&s->drop, &step);
	return r < 0 ? fail_spool(steps[step], spool, r) : EX_OK;
}

static void submission_free(struct submission *s)
{
	intake_free(&s->intake);
	address_list_free(&s->recipients);
	buf_free(&s->sender);
	buf_free(&s->full_name);
}

static void usage(void)
{
	puts("usage: sendmail [-i] [-t] [-f sender] [-F name] [recipient ...]\n"
	     "Reads a message from standard input and queues it; see sendmail(8).");
}

int main(int argc, char **argv)
{
	struct submission s = { .drop = { .fd = -1 } };
	int status;

	(void)argc;
	open_standard_fds();
	umask(077);
	catch_signals(&s.drop);
	options_parse(argv, &s.options);
	silent = s.options.silent;
	if (s.options.help || s.options.version) {
		if (s.options.help)
			usage();
		else
			puts(PACKAGE_NAME " " PACKAGE_VERSION);
		return EX_OK;
	}
	intake_init(&s.intake, STDIN_FILENO, s.options.dots_are_data);
	status = read_arguments(&s);
	if (status == EX_OK)
		status = submit(&s);
	if (!isatty(STDIN_FILENO))
		intake_drain(&s.intake);
	submission_free(&s);
	return status;
}
