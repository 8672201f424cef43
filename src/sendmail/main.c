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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/io.h"
#include "mail/address.h"
#include "mail/spool.h"
#include "sendmail/caller.h"
#include "sendmail/intake.h"
#include "sendmail/options.h"
#include "sendmail/session.h"
#include "sendmail/submission.h"

/* The file that a signal has to take back; empty while there is none with a name. */
static struct drop *doomed;

/* One line on stderr, in one write. */
static void report(const struct trouble *trouble)
{
	char line[sizeof(trouble->text) + 16];
	int n = snprintf(line, sizeof(line), "sendmail: %s\n", trouble->text);

	io_write_all(STDERR_FILENO, line, (size_t)n);
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
			buf_adds(&sender, list.items[0].address);
		address_list_free(&list);
	}
	if (r == -EINVAL)
		return trouble_set(
			&s->trouble, EX_USAGE, "-f '%s' is not an address", given);
	s->sender.address = buf_steal(&sender);
	return r < 0 || !s->sender.address ? trouble_memory(&s->trouble) : EX_OK;
}

/* A recipient word is a list of addresses: cron passes "a@x,b@y" as one. */
static int read_word(const char *word, struct submission *s)
{
	struct address_list list = { 0 };
	int status = EX_OK, r = -EINVAL;

	if (!has_control(word))
		r = address_list_parse(word, strlen(word), &list);
	if (r < 0)
		status = r == -ENOMEM ? trouble_memory(&s->trouble)
				      : trouble_set(&s->trouble, EX_USAGE,
						"'%s' is not an address", word);
	for (size_t i = 0; status == EX_OK && i < list.count; i++)
		status = submission_add(s, list.items[i].address, s->header_parameters);
	address_list_free(&list);
	return status;
}

static int read_words(char **words, struct submission *s)
{
	int status = EX_OK;

	while (status == EX_OK && *words)
		status = read_word(*words++, s);
	return status;
}

static int read_arguments(const struct options *o, struct submission *s)
{
	int status;

	if (*o->fault)
		return trouble_set(&s->trouble, EX_USAGE,
			"%s: %s; sendmail(8) lists what is understood", o->fault,
			o->fault_word);
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
	status = read_words(o->words, s);
	if (status == EX_OK && s->count == 0 && !o->from_header)
		return trouble_set(&s->trouble, EX_USAGE,
			"no recipients: name them, or use -t to take them from the "
			"header");
	return status;
}

/* Reads the message and queues it. */
static int submit(struct intake *in, struct submission *s)
{
	int status = submission_open(s);
	const char *piece;
	ssize_t n = 0;

	while (status == EX_OK && (n = intake_next(in, &piece)) > 0)
		status = submission_write(s, piece, (size_t)n);
	if (n < 0)
		return trouble_set(&s->trouble, EX_IOERR,
			"cannot read the message: %s; it was not queued",
			strerror((int)-n));
	block_signals(); /* from here on it is queued, or it failed: nothing between */
	return status == EX_OK ? submission_commit(s) : status;
}

/* The message on standard input, for the recipients on the command line or in its header. */
static int run_submit(const struct options *o)
{
	struct submission s = { .drop = { .fd = -1 } };
	struct intake in;
	int status;

	catch_signals(&s.drop);
	intake_init(&in, STDIN_FILENO, o->dots_are_data);
	status = read_arguments(o, &s);
	if (status == EX_OK)
		status = submit(&in, &s);
	if (status != EX_OK && !o->silent)
		report(&s.trouble);
	if (!isatty(STDIN_FILENO))
		intake_drain(&in);
	submission_clear(&s);
	return status;
}

/* SMTP on standard input and output. */
static int run_smtp(const struct options *o)
{
	struct submission s = { .drop = { .fd = -1 } };
	int status;

	catch_signals(&s.drop);
	if (o->from_header)
		status = trouble_set(&s.trouble, EX_USAGE,
			"-t and -bs do not go together: SMTP names the recipients");
	else
		status = session_run(&s);
	if (status != EX_OK && !o->silent)
		report(&s.trouble);
	submission_clear(&s);
	return status;
}

static int run_help(void)
{
	puts("usage: sendmail [-i] [-t] [-f sender] [-F name] [recipient ...]\n"
	     "Reads a message from standard input and queues it; see sendmail(8).");
	return EX_OK;
}

static int run_version(void)
{
	puts(PACKAGE_NAME " " PACKAGE_VERSION);
	return EX_OK;
}

int main(int argc, char **argv)
{
	struct options options;

	(void)argc;
	open_standard_fds();
	umask(077);
	options_parse(argv, &options);
	if (options.help)
		return run_help();
	if (options.version)
		return run_version();
	if (options.mode == MODE_SMTP && !*options.fault)
		return run_smtp(&options);
	return run_submit(&options);
}
