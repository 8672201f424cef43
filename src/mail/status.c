/* SPDX-License-Identifier: ISC */
#include "mail/status.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/span.h"
#include "base/text.h"
#include "mail/spool.h"

#define STATUS_MAX 8192

static int write_file(const char *path, const struct buf *contents)
{
	CLEANUP_CLOSE int fd = -1;

	unlink(path); /* root's, if a flusher was tried by hand */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || fchmod(fd, 0644) < 0) /* whatever the umask is */
		return -errno;
	return io_write_all(fd, contents->data, contents->len);
}

static void format(const struct status *status, struct buf *out)
{
	buf_addf(out, "mailchute-status 1\nmessages %" PRIu64 "\noctets %" PRIu64 "\n",
		status->messages, status->octets);
	for (size_t i = 0; i < status->trouble_count; i++) {
		const struct status_trouble *t = &status->troubles[i];

		buf_addf(
			out, "trouble %s %" PRIi64 " %s\n", t->name, t->since_s, t->text);
	}
}

int status_write(const char *spool, const struct status *status)
{
	char path[SPOOL_PATH_MAX], temporary[SPOOL_PATH_MAX + 1];
	CLEANUP(buf_free) struct buf contents = { 0 };
	int r;

	snprintf(path, sizeof(path), "%s/status", spool);
	snprintf(temporary, sizeof(temporary), "%s~", path);
	format(status, &contents);
	r = buf_failed(&contents) ? -ENOMEM : write_file(temporary, &contents);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	return r;
}

/* A line "WORD number". */
static bool take(struct span *s, const char *word, uint64_t *ret)
{
	return span_skip(s, word) && span_number(s, '\n', UINT64_MAX, ret);
}

/* A line "trouble NAME since text". */
static bool take_trouble(struct span *s, struct status *status)
{
	struct status_trouble *t = &status->troubles[status->trouble_count];
	struct span name, text;
	uint64_t since_s;

	if (status->trouble_count == STATUS_TROUBLES_MAX || !span_skip(s, "trouble ") ||
		!span_until(s, ' ', &name) || name.len >= sizeof(t->name) ||
		!span_number(s, ' ', INT64_MAX, &since_s) || !span_until(s, '\n', &text))
		return false;
	text_printable(t->name, sizeof(t->name), name.at, name.len);
	text_printable(t->text, sizeof(t->text), text.at, text.len);
	t->since_s = (int64_t)since_s;
	status->trouble_count++;
	return true;
}

/* 0 or -EBADMSG. An empty line is the end. */
static int parse(struct span s, struct status *status)
{
	uint64_t version;

	if (!take(&s, "mailchute-status ", &version) ||
		!take(&s, "messages ", &status->messages) ||
		!take(&s, "octets ", &status->octets))
		return -EBADMSG;
	while (s.len > 0 && *s.at != '\n') {
		if (!take_trouble(&s, status))
			return -EBADMSG;
	}
	return 0;
}

int status_read(const char *spool, struct status *ret)
{
	char path[SPOOL_PATH_MAX];
	CLEANUP(buf_free) struct buf contents = { 0 };
	struct status status = { 0 };
	int r;

	snprintf(path, sizeof(path), "%s/status", spool);
	r = io_read_file(AT_FDCWD, path, STATUS_MAX, &contents);
	buf_addc(&contents, '\n'); /* also behind a file that was cut */
	if (r == 0)
		r = buf_failed(&contents)
			    ? -ENOMEM
			    : parse((struct span){ contents.data, contents.len },
				      &status);
	if (r == 0)
		*ret = status;
	return r;
}
