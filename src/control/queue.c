/* SPDX-License-Identifier: ISC */
/* mailchute queue, mailchute flush: what waits, and to have it tried now. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "control/control.h"
#include "mail/listing.h"
#include "mail/spool.h"

struct request {
	const char *spool;
	bool json;
};

/* -1 and the request read, or the exit status. */
static int read_options(int argc, char **argv, const char *usage, struct request *ret)
{
	static const struct option options[] = {
		{ "spool", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*ret = (struct request){ .spool = spool_path() };
	while ((c = getopt_long(argc, argv, "s:jh", options, NULL)) != -1) {
		switch (c) {
		case 's': ret->spool = optarg; break;
		case 'j': ret->json = true; break;
		case 'h': fputs(usage, stdout); return EX_OK;
		default: fputs(usage, stderr); return EX_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fputs(usage, stderr);
	return EX_USAGE;
}

int control_queue(int argc, char **argv)
{
	struct request request;
	int r = read_options(
		argc, argv, "usage: mailchute queue [--json] [-s DIRECTORY]\n", &request);

	if (r >= 0)
		return r;
	r = listing_write(
		request.spool, request.json ? LISTING_JSON : LISTING_TEXT, STDOUT_FILENO);
	if (r == 0)
		return EX_OK;
	log_error("cannot list the queue %s: %s%s", request.spool, strerror(-r),
		r == -EACCES ? "; only root and mailchute may" : "");
	return r == -EACCES ? EX_NOPERM : EX_UNAVAILABLE;
}

int control_flush(int argc, char **argv)
{
	struct request request;
	int r = read_options(
		argc, argv, "usage: mailchute flush [-s DIRECTORY]\n", &request);

	if (r >= 0)
		return r;
	r = spool_ask_flush(request.spool);
	if (r == 0)
		return EX_OK;
	log_error(
		"cannot create %s/new/" SPOOL_FLUSH ": %s", request.spool, strerror(-r));
	return r == -EACCES ? EX_NOPERM : EX_UNAVAILABLE;
}
