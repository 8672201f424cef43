/* SPDX-License-Identifier: ISC */
/*
 * mailchute test: a message that goes the way of all mail, by sendmail and the queue, and what is said
 * about it in the journal until it has left the queue.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/command.h"
#include "base/defaults.h"
#include "base/num.h"
#include "base/spawn.h"
#include "control/control.h"
#include "mail/spool.h"
#include "mail/status.h"
#include "wire/path.h"

#define WAIT_S	   60
#define WAIT_MAX_S 3600
#define SUBMIT_MS  60000
#define LOOK_MS	   300
#define JOURNAL_MS 3000 /* a line may come so long after the message has gone */
#define TOTALS_MS  5000 /* and the totals for everybody */
#define LINE_SIZE  4096
#define SERVICE	   "mailchute.service"

/* What is known of the message. */
struct test {
	const char *from; /* NULL: whoever calls */
	const char *to;
	const char *spool;
	unsigned wait_s;
	char id[SPOOL_ID_SIZE];
	int64_t since_ms;		 /* when it was handed in */
	size_t shown;			 /* lines of the journal */
	unsigned sent, failed, deferred; /* recipients, as the lines have it */
	int64_t claimed_ms;		 /* monotonic: when it was gone from new/ */
};

static void usage(FILE *to)
{
	fputs("usage: mailchute test [OPTION...] ADDRESS\n\n"
	      "  -f, --from ADDRESS     is its sender, in place of who calls\n"
	      "  -s, --spool DIRECTORY  in place of the default one\n"
	      "  -w, --wait SECONDS     follows it for so long, in place of 60\n",
		to);
}

static bool is_address(const char *word)
{
	if (*word && path_is_safe(word))
		return true;
	fprintf(stderr, "mailchute: '%s' is no address\n", word);
	return false;
}

/* True to go on; false when *RET_EXIT is the answer. */
static bool parse_arguments(int argc, char **argv, struct test *t, int *ret_exit)
{
	static const struct option options[] = {
		{ "from", required_argument, NULL, 'f' },
		{ "spool", required_argument, NULL, 's' },
		{ "wait", required_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	uint64_t seconds = WAIT_S;
	bool good = true;
	int c;

	while ((c = getopt_long(argc, argv, "f:s:w:h", options, NULL)) != -1) {
		switch (c) {
		case 'f': t->from = optarg; break;
		case 's': t->spool = optarg; break;
		case 'w':
			good &= num_parse(optarg, strlen(optarg), WAIT_MAX_S, &seconds) ==
				0;
			break;
		case 'h':
			usage(stdout);
			*ret_exit = EX_OK;
			return false;
		default: good = false; break;
		}
	}
	*ret_exit = EX_USAGE;
	if (!good || argc - optind != 1) {
		usage(stderr);
		return false;
	}
	t->to = argv[optind];
	t->wait_s = (unsigned)seconds;
	return is_address(t->to) && (!t->from || is_address(t->from));
}

/* What a client of sendmail -bs says. */
static void add_dialogue(struct buf *out, const struct test *t)
{
	const struct passwd *me = getpwuid(getuid());
	const char *sender = t->from			       ? t->from
			     : me && path_is_safe(me->pw_name) ? me->pw_name
							       : "root";
	char host[256] = "this machine";

	gethostname(host, sizeof(host) - 1);
	buf_addf(out,
		"HELO localhost\r\nMAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n"
		"To: <%s>\r\nSubject: Test of mail from %s\r\n\r\n"
		"This is a test of the mail of %s. It was sent by \"mailchute test\",\r\n"
		"and took the way of all mail: by sendmail, the queue and the "
		"provider.\r\n"
		".\r\nQUIT\r\n",
		sender, t->to, t->to, host, host);
}

/* Hands it in as programs do. Its queue ID is what sendmail says, else the refusal. */
static int submit(struct test *t)
{
	static const char command[] =
		"\"$0\" -bs | sed -n -e 's/^250.*queued as //p' -e '/^[45]/p'";
	CLEANUP(buf_free) struct buf dialogue = { 0 };
	CLEANUP_FREE char *line = NULL;
	char path[PATH_MAX], words[128];
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)command, path, NULL };
	int r = spawn_beside("sendmail", path);

	setenv(SPOOL_VARIABLE, t->spool, 1);
	add_dialogue(&dialogue, t);
	if (r < 0 || !buf_cstr(&dialogue)) {
		fprintf(stderr, "mailchute: sendmail cannot be started\n");
		return EX_OSERR;
	}
	r = command_feed(argv, dialogue.data, SUBMIT_MS, &line, words, sizeof(words));
	if (r == 0 && spool_id_valid(line)) {
		snprintf(t->id, sizeof(t->id), "%s", line);
		return EX_OK;
	}
	fprintf(stderr, "mailchute: %s %s\n", path, r < 0 ? words : line);
	return EX_UNAVAILABLE;
}

/* Another message's line starts with another queue ID. */
static bool is_about(const struct test *t, const char *line)
{
	char start[SPOOL_ID_SIZE];

	snprintf(start, sizeof(start), "%.*s", SPOOL_ID_LENGTH, line);
	return !spool_id_valid(start) || strcmp(start, t->id) == 0;
}

static void take_line(struct test *t, const char *line)
{
	printf("  %s", line);
	if (strncmp(line, t->id, strlen(t->id)) != 0)
		return;
	t->sent += strstr(line, "status=sent") != NULL;
	t->failed += strstr(line, "status=failed") != NULL;
	t->deferred += strstr(line, "status=deferred") != NULL;
}

/* Shows what the journal has that is new, for those who may read it. */
static void show_journal(struct test *t)
{
	char command[160], line[LINE_SIZE];
	size_t seen = 0;
	FILE *journal;

	snprintf(command, sizeof(command),
		"journalctl --quiet --output=cat --unit=" SERVICE
		" --since=@%lld.%03lld 2>/dev/null",
		(long long)t->since_ms / 1000, (long long)t->since_ms % 1000);
	/* NOLINTNEXTLINE(cert-env33-c): no word of it is a stranger's */
	journal = popen(command, "re");
	while (journal && fgets(line, sizeof(line), journal)) {
		if (is_about(t, line) && seen++ >= t->shown)
			take_line(t, line);
	}
	if (journal)
		pclose(journal);
	if (seen > t->shown)
		t->shown = seen;
	fflush(stdout);
}

/* 1 if FOLDER has it, 0 if not, -1 if that is not to be seen. */
static int is_in(const struct test *t, const char *folder)
{
	char path[SPOOL_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s/%s", t->spool, folder, t->id);
	if (access(path, F_OK) == 0)
		return 1;
	return errno == ENOENT ? 0 : -1;
}

static bool has_left(const struct test *t)
{
	return is_in(t, "new") == 0 && is_in(t, "cur") == 0;
}

/* Neither the queue nor the journal is for this user to see. */
static bool is_blind(const struct test *t)
{
	return t->shown == 0 && is_in(t, "cur") < 0;
}

/* What is left to such a user are the totals: when they are nothing, it has gone. */
static bool totals_are_none(struct test *t)
{
	int64_t now_ms = clock_mono_ms();
	struct status status;

	if (is_in(t, "new") != 0)
		return false;
	if (!t->claimed_ms)
		t->claimed_ms = now_ms;
	return now_ms - t->claimed_ms >= TOTALS_MS &&
	       status_read(t->spool, &status) == 0 && status.messages == 0;
}

static void conclude_blind(const struct test *t, bool left)
{
	struct status status = { 0 };

	if (left)
		puts("It has left the queue.");
	else if (status_read(t->spool, &status) == 0)
		printf("After %u s %" PRIu64
		       " message%s in the queue; it may be among them.\n",
			t->wait_s, status.messages,
			status.messages == 1 ? " waits" : "s wait");
	for (size_t i = 0; i < status.trouble_count; i++)
		printf("  trouble: %s\n", status.troubles[i].text);
	puts("What became of it is in the journal, which you may not read: run this as "
	     "root.");
}

static int conclude(const struct test *t, bool left)
{
	if (t->failed || is_in(t, "failed") == 1) {
		puts("It was refused, for the reason above.");
		return EX_UNAVAILABLE;
	}
	if (t->deferred) {
		puts("It could not go now, for the reason above. It waits in the queue "
		     "(mailchute queue) and is tried again.");
		return EX_TEMPFAIL;
	}
	if (t->sent) {
		puts("The provider has taken it. Whether it arrives is between the "
		     "provider and its recipient: see there, also among the spam.");
		return EX_OK;
	}
	if (is_blind(t))
		conclude_blind(t, left);
	else if (left)
		puts("It has left the queue; the log of mailchuted tells how.");
	else
		printf("After %u s nothing is known of it; try: mailchute check; "
		       "mailchute status; mailchute queue\n",
			t->wait_s);
	return EX_TEMPFAIL;
}

/* Until its fate is known, or the time is over. */
static int follow(struct test *t)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	int64_t end_ms = clock_mono_ms() + 1000 * (int64_t)t->wait_s;
	bool left = false;

	while (clock_mono_ms() < end_ms && !t->deferred && !t->failed) {
		bool sees = is_in(t, "cur") >= 0;

		show_journal(t);
		if (t->sent && (left || !sees))
			break;
		if (is_blind(t) && totals_are_none(t)) {
			left = true;
			break;
		}
		if (!left && has_left(t)) { /* once more for its last lines */
			left = true;
			if (end_ms > clock_mono_ms() + JOURNAL_MS)
				end_ms = clock_mono_ms() + JOURNAL_MS;
			continue;
		}
		nanosleep(&pause, NULL);
	}
	return conclude(t, left);
}

static int send_and_follow(struct test *t)
{
	int status;

	t->since_ms = clock_real_ms();
	status = submit(t);
	if (status != EX_OK)
		return status;
	printf("queued for %s as %s\n", t->to, t->id);
	fflush(stdout);
	return follow(t);
}

int test_send(const char *from, const char *to)
{
	struct test t = {
		.spool = spool_path(), .from = from, .to = to, .wait_s = WAIT_S
	};

	return send_and_follow(&t);
}

int control_test(int argc, char **argv)
{
	struct test t = { .spool = spool_path() };
	int status;

	return parse_arguments(argc, argv, &t, &status) ? send_and_follow(&t) : status;
}
