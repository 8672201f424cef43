/* SPDX-License-Identifier: ISC */
#include "mail/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/json.h"
#include "base/text.h"
#include "mail/envelope.h"
#include "mail/spool.h"
#include "mail/stamp.h"
#include "mail/state.h"
#include "mail/status.h"

#define REASON_WIDTH   78 /* where the reason for a delay ends, at least */
#define ADDRESS_INDENT 41
#define SIZE_END       19 /* the column where ID, flag and size end */
#define OUT_SIZE       32768
#define SHOWN_MAX      1024

struct listing {
	int out_fd;
	struct buf out; /* not yet written */
	int failed;	/* -errno of a write: nothing more is told */
	enum listing_form form;
	int new_fd;
	int cur_fd;
	struct buf ids;	       /* SPOOL_ID_SIZE octets each */
	struct status printed; /* what was told so far */
	struct status flusher; /* what the flusher tells, if it does */
};

struct entry {
	const char *id;
	const char *queue; /* as Postfix calls its own */
	bool in_delivery;
	time_t arrived;
	struct envelope envelope;
	struct state state;
};

static const char *shown_sender(const struct entry *e)
{
	const char *address = e->envelope.sender.address;

	return *address ? address : "MAILER-DAEMON";
}

static const char *reason_of(const struct recipient *r)
{
	return r->text ? r->text : "";
}

static void text_line(struct buf *out, const char *s)
{
	char printable[SHOWN_MAX];

	text_printable(printable, sizeof(printable), s, strlen(s));
	buf_adds(out, printable);
	buf_addc(out, '\n');
}

/* The recipients with a reason, below it; or those without one. */
static void text_recipients(struct buf *out, const struct state *state, bool with_reason)
{
	const char *last = "";

	for (size_t i = 0; i < state->count; i++) {
		const struct recipient *r = &state->recipients[i];
		const char *reason = reason_of(r);

		if (r->status != RECIPIENT_PENDING || (*reason != '\0') != with_reason)
			continue;
		if (strcmp(reason, last) != 0)
			buf_addf(out, "%*s(%s)\n",
				REASON_WIDTH - 2 - (int)strnlen(reason, REASON_WIDTH - 2),
				"", reason);
		last = reason;
		buf_addf(out, "%*s", ADDRESS_INDENT, "");
		text_line(out, r->address);
	}
}

static void text_entry(struct buf *out, const struct entry *e)
{
	char marked[SPOOL_ID_SIZE + 1];

	snprintf(marked, sizeof(marked), "%s%s", e->id, e->in_delivery ? "*" : "");
	buf_addf(out, "%s %*llu ", marked, SIZE_END - 1 - (int)strlen(marked),
		(unsigned long long)e->envelope.size);
	stamp_short_date(e->arrived, out);
	buf_adds(out, "  ");
	text_line(out, shown_sender(e));
	text_recipients(
		out, &e->state, false); /* first, or they would seem to share one */
	text_recipients(out, &e->state, true);
	buf_addc(out, '\n');
}

static void json_entry(struct buf *out, const struct entry *e)
{
	const char *comma = "";

	buf_addf(out,
		"{\"queue_name\": \"%s\", \"queue_id\": \"%s\", \"arrival_time\": %lld, "
		"\"message_size\": %llu, \"forced_expire\": false, ",
		e->queue, e->id, (long long)e->arrived,
		(unsigned long long)e->envelope.size);
	json_member(out, "sender", shown_sender(e));
	buf_adds(out, ", \"recipients\": [");
	for (size_t i = 0; i < e->state.count; i++) {
		const struct recipient *r = &e->state.recipients[i];

		if (r->status != RECIPIENT_PENDING)
			continue;
		buf_addf(out, "%s{", comma);
		json_member(out, "address", r->address);
		if (*reason_of(r)) {
			buf_adds(out, ", ");
			json_member(out, "delay_reason", reason_of(r));
		}
		buf_addc(out, '}');
		comma = ", ";
	}
	buf_adds(out, "]}\n");
}

/* Hands on what is in the buffer once it is worth a system call, and at the end. */
static void flush(struct listing *l, size_t worth)
{
	if (l->failed == 0 && l->out.len >= worth)
		l->failed = buf_failed(&l->out)
				    ? -ENOMEM
				    : io_write_all(l->out_fd, l->out.data, l->out.len);
	if (l->failed || l->out.len >= worth)
		buf_clear(&l->out);
}

static void write_entry(struct listing *l, const struct entry *e)
{
	if (l->form == LISTING_JSON) {
		json_entry(&l->out, e);
	} else {
		if (l->printed.messages == 0)
			buf_adds(&l->out, "-Queue ID-  --Size-- ----Arrival Time---- "
					  "-Sender/Recipient-------\n");
		text_entry(&l->out, e);
	}
	l->printed.messages++;
	l->printed.octets += e->envelope.size;
	flush(l, OUT_SIZE);
}

/* Opens the message, wherever it is by now: it may move from new/ to cur/, but never back. */
static int open_message(const struct listing *l, const char *id, bool *claimed)
{
	static const int flags =
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = openat(l->new_fd, id, flags);

	*claimed = fd < 0;
	return fd < 0 ? openat(l->cur_fd, id, flags) : fd;
}

/* The flusher holds a lock on what it has given to a courier. */
static bool is_in_delivery(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* Whom no reply concerned, the trouble that holds all mail keeps waiting. Best effort. */
static void explain(const struct listing *l, struct state *state)
{
	static const char *const kinds[] = { "login", "quota", "link" };
	const struct status_trouble *t = l->flusher.troubles;
	bool all = false;

	for (size_t i = 0; l->flusher.trouble_count && i < 3; i++)
		all |= strcmp(t->name, kinds[i]) == 0;
	for (size_t i = 0; all && i < state->count; i++) {
		if (!state->recipients[i].text)
			state->recipients[i].text = strdup(t->text);
	}
}

static int read_entry(const struct listing *l, struct entry *e, int fd, bool claimed)
{
	const char *reason;
	struct stat st;
	int r = fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ? -EBADMSG : 0;

	if (r == 0)
		r = envelope_read(fd, &e->envelope, &reason);
	if (r < 0)
		return r;
	e->arrived = st.st_mtim.tv_sec;
	e->queue = "incoming";
	if (claimed && state_read(l->cur_fd, e->id, &e->state) == 0)
		e->queue = "deferred";
	else
		r = state_from_envelope(&e->envelope, &e->state);
	if (claimed && is_in_delivery(fd)) {
		e->in_delivery = true;
		e->queue = "active";
	} else if (r == 0) {
		explain(l, &e->state);
	}
	return r;
}

/* A message that went while we looked, or that is none, is left out. */
static void list_message(struct listing *l, const char *id)
{
	struct entry e = { .id = id };
	bool claimed;
	CLEANUP_CLOSE int fd = open_message(l, id, &claimed);

	if (fd >= 0 && read_entry(l, &e, fd, claimed) == 0)
		write_entry(l, &e);
	state_clear(&e.state);
	envelope_clear(&e.envelope);
}

/* Only the IDs are kept, thirteen octets each, however many there are. */
static int read_ids(struct listing *l, int folder_fd)
{
	DIR *dir = io_open_dir(folder_fd);
	struct dirent *entry;
	int r;

	if (!dir)
		return -errno;
	errno = 0;
	while ((entry = readdir(dir))) {
		if (spool_id_valid(entry->d_name))
			buf_add(&l->ids, entry->d_name, SPOOL_ID_SIZE);
		errno = 0;
	}
	r = -errno;
	closedir(dir);
	return buf_failed(&l->ids) ? -ENOMEM : r;
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, SPOOL_ID_SIZE);
}

/* new/ first: what moves on in between is found in cur/ then, and what is found twice is told once. */
static int list_queue(struct listing *l)
{
	const char *last = "";
	int r = read_ids(l, l->new_fd);

	if (r == 0)
		r = read_ids(l, l->cur_fd);
	if (r == 0 && l->ids.len)
		qsort(l->ids.data, l->ids.len / SPOOL_ID_SIZE, SPOOL_ID_SIZE,
			compare_ids);
	for (size_t at = 0; r == 0 && at < l->ids.len && !l->failed;
		at += SPOOL_ID_SIZE) {
		const char *id = l->ids.data + at;

		if (strcmp(id, last) == 0)
			continue;
		last = id;
		if (l->form == LISTING_COUNT)
			l->printed.messages++;
		else
			list_message(l, id);
	}
	return r;
}

/* check_mailq of the monitoring plugins takes us for Sendmail and reads the line with the tabs; told
 * that we are Postfix it reads the last one. */
static void write_totals(struct listing *l)
{
	unsigned long long messages = l->printed.messages;

	if (l->form == LISTING_COUNT)
		buf_addf(&l->out, "%llu\n", messages);
	else if (l->form == LISTING_TEXT && messages == 0)
		buf_adds(&l->out, "Mail queue is empty\n");
	else if (l->form == LISTING_TEXT)
		buf_addf(&l->out,
			"\t\tTotal requests: %llu\n-- %llu Kbytes in %llu Request%s.\n",
			messages, (unsigned long long)l->printed.octets / 1024, messages,
			messages == 1 ? "" : "s");
	flush(l, 1);
}

static int open_folder(const char *spool, const char *name)
{
	char path[SPOOL_PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", spool, name);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_and_list(struct listing *l, const char *spool)
{
	CLEANUP_CLOSE int new_fd = open_folder(spool, "new");
	CLEANUP_CLOSE int cur_fd = open_folder(spool, "cur");

	if (new_fd < 0 || cur_fd < 0)
		return new_fd < 0 ? new_fd : cur_fd;
	l->new_fd = new_fd;
	l->cur_fd = cur_fd;
	return list_queue(l);
}

int listing_write(const char *spool, enum listing_form form, int fd)
{
	struct listing l = { .out_fd = fd, .form = form };
	int r;

	status_read(spool, &l.flusher);
	r = open_and_list(&l, spool);

	if (r == -EACCES && form != LISTING_JSON) {
		r = status_read(spool, &l.printed);
		if (r == -ENOENT)
			r = 0; /* no flusher has ever run: there was no mail yet */
	}
	if (r == 0)
		write_totals(&l);
	buf_free(&l.ids);
	buf_free(&l.out);
	return r < 0 || l.failed == -EPIPE ? r : l.failed;
}
