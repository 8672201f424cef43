/* SPDX-License-Identifier: ISC */
/*
 * mailchute queue: lists what is in the queue, in the layout of Postfix' mailq, which tools parse.
 * Reads the spool as it is and changes nothing; a message that goes while it is looked at is left
 * out.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/text.h"
#include "control/control.h"
#include "mail/envelope.h"
#include "mail/spool.h"
#include "mail/state.h"

#define REASON_WIDTH	  78 /* where the reason for a delay ends, at least */
#define ADDRESS_SHOWN_MAX 1024

struct listing {
	int folder;
	bool claimed; /* the folder is cur/ */
	uint64_t bytes;
	size_t count;
};

/* The message file, if it is one and still there; -1 otherwise. */
static int open_message(const struct listing *l, const char *id, struct stat *ret)
{
	CLEANUP_CLOSE int fd = openat(
		l->folder, id, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, ret) < 0 || !S_ISREG(ret->st_mode))
		return -1;
	return steal_fd(&fd);
}

/* True if a state file tells more than the envelope. */
static bool read_state(const struct listing *l, const char *id, struct state *ret)
{
	struct buf contents = { 0 };
	char name[64];
	bool known;

	snprintf(name, sizeof(name), "%.*s.state", SPOOL_ID_LENGTH, id);
	known = l->claimed && io_read_file(l->folder, name, STATE_MAX, &contents) == 0 &&
		state_parse(contents.data, contents.len, ret) == 0;
	buf_free(&contents);
	return known;
}

static void print_address(const char *address)
{
	char printable[ADDRESS_SHOWN_MAX];

	text_printable(printable, sizeof(printable), address, strlen(address));
	printf("%s\n", *printable ? printable : "MAILER-DAEMON");
}

static void print_recipients(const struct state *state)
{
	const char *reason = "";

	for (size_t i = 0; i < state->count; i++) {
		const struct recipient *r = &state->recipients[i];

		if (r->status != RECIPIENT_PENDING)
			continue;
		if (r->text && *r->text && strcmp(r->text, reason) != 0) {
			reason = r->text;
			printf("%*s(%s)\n",
				REASON_WIDTH - 2 - (int)strnlen(reason, REASON_WIDTH - 2),
				"", reason);
		}
		printf("%41s", "");
		print_address(r->address);
	}
}

static void print_head(const struct listing *l, const char *id, bool deferred,
	const struct stat *st, const struct envelope *envelope)
{
	char marked[SPOOL_ID_SIZE + 1], when[32] = "";
	struct tm tm;

	/* what is in cur/ and was not deferred is on its way */
	snprintf(marked, sizeof(marked), "%.*s%s", SPOOL_ID_LENGTH, id,
		l->claimed && !deferred ? "*" : "");
	if (localtime_r(&st->st_mtim.tv_sec, &tm))
		strftime(when, sizeof(when), "%a %b %e %H:%M:%S", &tm);
	printf("%-13s %7llu %-19s  ", marked, (unsigned long long)envelope->size, when);
	print_address(envelope->sender.address);
}

static void list_message(struct listing *l, const char *id)
{
	struct envelope envelope;
	struct state state = { 0 };
	const char *reason;
	struct stat st;
	CLEANUP_CLOSE int fd = open_message(l, id, &st);
	bool deferred;

	if (fd < 0 || envelope_read(fd, &envelope, &reason) < 0)
		return;
	deferred = read_state(l, id, &state);
	if (deferred ||
		state_from_envelope(&envelope, &state) == 0) {
		if (l->count++ == 0)
			puts("-Queue ID-    --Size-- ---Arrival Time---- "
			     "-Sender/Recipient-------");
		print_head(l, id, deferred, &st, &envelope);
		print_recipients(&state);
		putchar('\n');
		l->bytes += envelope.size;
	}
	state_clear(&state);
	envelope_clear(&envelope);
}

/* 0 or -errno. */
static int list_folder(struct listing *l, const char *spool, const char *name)
{
	char path[SPOOL_PATH_MAX];
	struct dirent **entries;
	int n;

	snprintf(path, sizeof(path), "%s/%s", spool, name);
	l->claimed = strcmp(name, "cur") == 0;
	l->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	n = l->folder < 0 ? -1 : scandirat(l->folder, ".", &entries, NULL, alphasort);
	if (n < 0) {
		n = -errno;
		log_error("cannot read the queue %s: %s; only root and mailchute may",
			path, strerror(errno));
		cleanup_close_p(&l->folder);
		return n;
	}
	for (int i = 0; i < n; i++) {
		if (spool_id_valid(entries[i]->d_name))
			list_message(l, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	close(l->folder);
	return 0;
}

static int list(const char *spool)
{
	struct listing l = { 0 };
	int r = list_folder(&l, spool, "cur");

	if (r == 0)
		r = list_folder(&l, spool, "new");
	if (r < 0)
		return r == -EACCES ? EX_NOPERM : EX_UNAVAILABLE;
	if (l.count == 0)
		puts("Mail queue is empty");
	else
		printf("-- %llu Kbytes in %zu Request%s.\n",
			(unsigned long long)l.bytes / 1024, l.count,
			l.count == 1 ? "" : "s");
	return EX_OK;
}

int control_queue(int argc, char **argv)
{
	static const struct option options[] = {
		{ "spool", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static const char usage[] = "usage: mailchute queue [-s DIRECTORY]\n";
	const char *spool = spool_path();
	int c;

	while ((c = getopt_long(argc, argv, "s:h", options, NULL)) != -1) {
		switch (c) {
		case 's': spool = optarg; break;
		case 'h': fputs(usage, stdout); return EX_OK;
		default: fputs(usage, stderr); return EX_USAGE;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	return list(spool);
}
