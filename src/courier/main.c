/* SPDX-License-Identifier: ISC */
/*
 * mailchute-courier: takes messages from mailchuted to the provider.
 *
 * It alone has the credential and hears what strangers on the network say, and it has no path into
 * the queue: messages reach it as open descriptors, and all that it gives back is a report. It
 * keeps nothing on disk; when it dies, what was not reported counts as not done.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/defaults.h"
#include "base/io.h"
#include "base/log.h"
#include "base/num.h"
#include "courier/confine.h"
#include "courier/idn.h"
#include "courier/keeper.h"
#include "courier/login.h"
#include "courier/relay.h"

static const char usage_text[] =
	"usage: mailchute-courier [OPTION...]\n"
	"       mailchute-courier [OPTION...] SENDER RECIPIENT... <MESSAGE\n"
	"\n"
	"Started by mailchuted, which gives it messages over the socket that is its\n"
	"descriptor 3. By hand, in the second form: sends the file on its standard "
	"input,\n"
	"a message whose lines end in CR LF, and prints what became of it, a line for\n"
	"each recipient. An empty SENDER is the null sender.\n"
	"\n"
	"  -a, --account NAME in place of the default account\n"
	"  -c, --config FILE  in place of " DEFAULT_CONF_FILE "\n"
	"  -g, --gear GEAR    in place of the highest one, \"chunking\": \"data\" or\n"
	"                     \"lock-step\"\n"
	"  -p, --port PORT    the first of the preset's to try\n"
	"  -v, --verbose      tells of each step\n";

static int load_conf(const char *path, struct conf **ret)
{
	CLEANUP(buf_free) struct buf errors = { 0 };
	int r = conf_load(path, ret, &errors);

	if (r < 0)
		log_error_lines(buf_cstr(&errors) ? errors.data : strerror(-r));
	return r;
}

/* A relay_report: to mailchuted. */
static int send_report(void *context, const struct job *job, const struct report *report)
{
	CLEANUP(buf_free) struct buf packet = { 0 };

	(void)context;
	(void)job;
	report_format(report, &packet);
	return buf_failed(&packet)
		       ? -ENOMEM
		       : io_send_packet(JOB_COURIER_FD, packet.data, packet.len, -1);
}

/* Takes one packet. 0 or -errno. */
static int take_packet(struct relay *relay, const char *packet, size_t n, int *fd)
{
	CLEANUP(job_clear) struct job job = { 0 };
	int r = job_parse(packet, n, &job);

	if (r == 0)
		r = idn_job(&job);
	if (r < 0)
		return r;
	return *fd < 0 ? -EBADF : relay_start(relay, &job, steal_fd(fd));
}

static bool packet_waits(void)
{
	struct pollfd p = { .fd = JOB_COURIER_FD, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* Until mailchuted closes its side. What is under way is settled when there is nothing to send. */
static int serve(struct relay *relay)
{
	CLEANUP_FREE char *packet = malloc(JOB_PACKET_MAX);
	ssize_t n = 1;
	int r = packet ? 0 : -ENOMEM;

	while (r == 0 && n > 0) {
		CLEANUP_CLOSE int fd = -1;

		if (!packet_waits())
			r = relay_finish(relay);
		if (r < 0)
			break;
		n = io_recv_packet(JOB_COURIER_FD, packet, JOB_PACKET_MAX, &fd);
		r = n > 0 ? take_packet(relay, packet, (size_t)n, &fd) : (int)n;
	}
	if (r == 0)
		r = relay_finish(relay);
	if (r == 0)
		return EX_OK;
	log_error("the dialogue with mailchuted failed: %s", strerror(-r));
	return r == -ENOMEM ? EX_OSERR : EX_PROTOCOL;
}

/* The file on standard input as a job; end with job_clear(). 0 or -errno. */
static int job_from_arguments(int count, char **argv, struct job *ret)
{
	struct job job = {
		.id = "BYHAND", .uid = getuid(), .arrived_ms = clock_real_ms()
	};
	struct stat st;

	if (count < 2 || count - 1 > JOB_RECIPIENTS_MAX)
		return -EINVAL;
	if (fstat(STDIN_FILENO, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ESPIPE;
	job.size = (uint64_t)st.st_size;
	job.eight_bit = job.long_lines = true; /* it may be: nobody looked */
	job.sender.address = strdup(argv[0]);
	for (char **to = argv + 1; *to; to++)
		job.recipients[job.count++].address = strdup(*to);
	*ret = job;
	return idn_job(ret);
}

/* A relay_report: to standard output. CONTEXT is the exit code. */
static int print_report(void *context, const struct job *job, const struct report *report)
{
	int *exit_code = context;

	for (size_t i = 0; i < report->count; i++) {
		const struct outcome *o = &report->outcomes[i];

		printf("to=<%s>, relay=%s, dsn=%s, status=%s (%d %s)\n",
			job->recipients[i].address, report->relay,
			*o->enhanced ? o->enhanced : "-", verdict_name(o->verdict),
			o->code, o->text);
		if (o->verdict != VERDICT_DELIVERED)
			*exit_code = o->verdict == VERDICT_FAILED ? EX_UNAVAILABLE
								  : EX_TEMPFAIL;
	}
	return 0;
}

static int send_by_hand(struct relay *relay, int count, char **argv)
{
	CLEANUP(job_clear) struct job job = { 0 };
	int r = job_from_arguments(count, argv, &job);

	if (r < 0) {
		log_error("cannot send standard input: %s; see --help",
			r == -ESPIPE ? "it is not a file" : strerror(-r));
		return EX_USAGE;
	}
	r = relay_start(relay, &job, dup(STDIN_FILENO));
	if (r == 0)
		relay_finish(relay);
	return EX_OK;
}

static void conf_free_p(struct conf **conf)
{
	conf_free(*conf);
}

struct arguments {
	const char *path;
	const char *account;
	enum gear gear;
	uint64_t port; /* 0: the configuration's */
	bool verbose;
};

static int run(const struct arguments *a, int count, char **argv)
{
	CLEANUP(conf_free_p) struct conf *conf = NULL;
	const struct conf *account;
	struct relay relay;
	struct stat st;
	int exit_code, printed = EX_OK, keeper, r;

	if (count == 0 && (fstat(JOB_COURIER_FD, &st) < 0 || !S_ISSOCK(st.st_mode))) {
		log_error("no socket on descriptor %d: mailchuted starts this program; "
			  "by hand it wants a sender and recipients, see --help",
			JOB_COURIER_FD);
		return EX_USAGE;
	}
	if (load_conf(a->path, &conf) < 0)
		return EX_CONFIG;
	account = conf_find_account(conf, a->account);
	if (!account) {
		log_error("%s has no account \"%s\"", a->path, a->account);
		return EX_CONFIG;
	}
	r = keeper_start(account, &keeper);
	if (r < 0) {
		log_error("cannot start a process: %s", strerror(-r));
		return EX_OSERR;
	}
	confine_files(account, keeper < 0);
	r = relay_init(&relay, account, keeper, a->gear,
		count ? print_report : send_report, &printed);
	if (r < 0) {
		log_error("out of memory");
		return EX_OSERR;
	}
	login_set_port(account, (uint16_t)a->port, &relay.uplink.options);
	if (count ==
		0) /* what a dead mailchuted had in flight, its successor sends again */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	exit_code = count ? send_by_hand(&relay, count, argv) : serve(&relay);
	relay_close(&relay);
	return exit_code ? exit_code : printed;
}

/* True to go on; false when *RET_EXIT is the answer. */
static bool parse_arguments(int argc, char **argv, struct arguments *a, int *ret_exit)
{
	static const struct option options[] = {
		{ "account", required_argument, NULL, 'a' },
		{ "config", required_argument, NULL, 'c' },
		{ "gear", required_argument, NULL, 'g' },
		{ "port", required_argument, NULL, 'p' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c, r = 0;

	while (r == 0 &&
		(c = getopt_long(argc, argv, "+a:c:g:p:v", options, NULL)) != -1) {
		switch (c) {
		case 'a': a->account = optarg; break;
		case 'c': a->path = optarg; break;
		case 'g': r = gear_parse(span_of(optarg), &a->gear) ? 0 : -EINVAL; break;
		case 'p':
			r = num_parse(optarg, strlen(optarg), UINT16_MAX, &a->port);
			break;
		case 'v': a->verbose = true; break;
		case 'h':
			fputs(usage_text, stdout);
			*ret_exit = EX_OK;
			return false;
		default: r = -EINVAL; break;
		}
	}
	if (r != 0) {
		fputs(usage_text, stderr);
		*ret_exit = EX_USAGE;
	}
	return r == 0;
}

int main(int argc, char **argv)
{
	struct arguments a = { .path = DEFAULT_CONF_FILE,
		.account = CONF_DEFAULT_ACCOUNT,
		.gear = GEAR_CHUNKING };
	int exit_code;

	if (!parse_arguments(argc, argv, &a, &exit_code))
		return exit_code;
	signal(SIGPIPE, SIG_IGN);
	confine_memory();
	log_init("mailchute-courier", a.verbose);
	return run(&a, argc - optind, argv + optind);
}
