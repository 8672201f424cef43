/* SPDX-License-Identifier: ISC */
/* mailchuted(8): reads options and configuration, opens the spool, runs the flusher. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/defaults.h"
#include "base/log.h"
#include "flusher/flusher.h"

/* For each message that a courier has, by 100 connections and with two of the largest windows. Not more:
 * programs that we start may close what they could have inherited, one by one. */
#define DESCRIPTORS_MAX 32768

static void usage(FILE *to)
{
	fputs("usage: mailchuted [-v] [-c FILE] [-s DIRECTORY] [--foreground]\n\n"
	      "  -c, --config FILE      instead of " DEFAULT_CONF_FILE "\n"
	      "  -s, --spool DIRECTORY  instead of " DEFAULT_SPOOL "\n"
	      "  -f, --foreground       stay when the queue is empty\n"
	      "  -v, --verbose          log more\n",
		to);
}

/* The soft limit is for programs that use select(). */
static void allow_descriptors(void)
{
	struct rlimit limit;
	rlim_t most;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	most = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
	if (limit.rlim_cur >= most)
		return;
	limit.rlim_cur = most;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int load(struct flusher *f)
{
	struct buf errors = { 0 };
	int r = conf_load(f->conf_path, &f->conf, &errors);

	if (r < 0)
		log_error_lines(buf_cstr(&errors) ? errors.data : strerror(-r));
	buf_free(&errors);
	return r;
}

static int run(struct flusher *f, const char *spool)
{
	char error[512];
	int r;

	if (load(f) < 0)
		return EX_CONFIG;
	r = store_open(&f->store, spool, error, sizeof(error));
	if (r < 0) {
		log_error("%s", error);
		conf_free(f->conf);
		return r == -EWOULDBLOCK ? EX_TEMPFAIL : EX_OSFILE;
	}
	r = flusher_run(f);
	store_close(&f->store);
	aliases_clear(&f->alias_file.aliases);
	conf_free(f->conf);
	return r < 0 ? EX_OSERR : EX_OK;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "spool", required_argument, NULL, 's' },
		{ "foreground", no_argument, NULL, 'f' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct flusher f = { .conf_path = DEFAULT_CONF_FILE };
	const char *spool = spool_path();
	int c;

	while ((c = getopt_long(argc, argv, "c:s:fvh", options, NULL)) != -1) {
		switch (c) {
		case 'c': f.conf_path = optarg; break;
		case 's': spool = optarg; break;
		case 'f': f.foreground = true; break;
		case 'v': f.verbose = true; break;
		case 'h': usage(stdout); return EX_OK;
		default: usage(stderr); return EX_USAGE;
		}
	}
	if (optind < argc) {
		usage(stderr);
		return EX_USAGE;
	}
	log_init("mailchuted", f.verbose);
	signal(SIGPIPE, SIG_IGN);
	allow_descriptors();
	srandom((unsigned)(clock_real_ms() ^ getpid()));
	return run(&f, spool);
}
