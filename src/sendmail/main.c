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
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "mail/spool.h"
#include "sendmail/arguments.h"
#include "sendmail/intake.h"
#include "sendmail/modes.h"
#include "sendmail/options.h"
#include "sendmail/session.h"
#include "sendmail/submission.h"

/* The file that a signal has to take back; empty while there is none with a name. */
static struct drop *doomed;

/* The standard descriptors and no others: a missing one would be given to a file that we open. */
static void settle_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	/* a pipe that somebody waits on must not stay open for as long as the message takes */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++) {
		if (fcntl(i, F_GETFD) < 0)
			_exit(EX_OSFILE); /* no /dev/null here, and nowhere to say so */
	}
}

static void ignore(int number)
{
	struct sigaction action = { .sa_handler = SIG_IGN };

	sigaction(number, &action, NULL);
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
}

static void block_signals(void)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
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
static int mode_submit(const struct options *o, struct trouble *trouble)
{
	struct submission s = { .drop = { .fd = -1 } };
	struct intake in;
	int status;

	catch_signals(&s.drop);
	intake_init(&in, STDIN_FILENO, o->dots_are_data);
	status = arguments_read(o, &s);
	if (status == EX_OK)
		status = submit(&in, &s);
	if (status != EX_OK)
		*trouble = s.trouble;
	submission_clear(&s);
	return status;
}

/* SMTP on standard input and output. */
static int mode_smtp(const struct options *o, struct trouble *trouble)
{
	struct submission s = { .drop = { .fd = -1 } };
	struct session_limits limits = { .message = o->max_size,
		.recipients = ENVELOPE_RECIPIENTS_MAX };
	int status;

	if (o->max_recipients && o->max_recipients < limits.recipients)
		limits.recipients = (size_t)o->max_recipients;
	catch_signals(&s.drop);
	status = session_run(&limits, &s);
	if (status != EX_OK)
		*trouble = s.trouble;
	submission_clear(&s);
	return status;
}

static int refuse(const struct options *o, struct trouble *trouble)
{
	return trouble_set(trouble, EX_USAGE,
		"%s: %s; sendmail(8) lists what is understood", o->fault, o->fault_word);
}

int main(int argc, char **argv)
{
	static int (*const modes[])(const struct options *, struct trouble *) = {
		[MODE_SUBMIT] = mode_submit,
		[MODE_SMTP] = mode_smtp,
		[MODE_LIST] = mode_list,
		[MODE_COUNT] = mode_count,
		[MODE_VERIFY] = mode_verify,
		[MODE_ALIASES] = mode_aliases,
		[MODE_FLUSH] = mode_flush,
		[MODE_NOTHING] = mode_nothing,
		[MODE_DAEMON] = mode_daemon,
		[MODE_HELP] = mode_help,
		[MODE_VERSION] = mode_version,
	};
	struct options options;
	struct trouble trouble;
	bool good;
	int status;

	(void)argc;
	settle_fds();
	umask(077);
	ignore(SIGPIPE);
	ignore(SIGXFSZ); /* a file size limit shows as EFBIG instead */
	good = options_parse(argv, &options);
	if (options.tell_version)
		mode_version(&options, &trouble);
	status = good ? modes[options.mode](&options, &trouble)
		      : refuse(&options, &trouble);
	if (status != EX_OK && !options.silent)
		trouble_report(&trouble);
	if (options.mode == MODE_SUBMIT && !isatty(STDIN_FILENO))
		intake_drain(STDIN_FILENO);
	return status;
}
