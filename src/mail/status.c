/* SPDX-License-Identifier: ISC */
#include "mail/status.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/num.h"
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
static int take(const char **at, const char *word, uint64_t *ret)
{
	size_t n = strlen(word), digits;

	if (strncmp(*at, word, n) != 0)
		return -EBADMSG;
	digits = strcspn(*at + n, "\n");
	if (num_parse(*at + n, digits, UINT64_MAX, ret) < 0)
		return -EBADMSG;
	*at += n + digits + 1;
	return 0;
}

/* A line "trouble NAME since text". */
static int take_trouble(const char **at, struct status *status)
{
	struct status_trouble *t = &status->troubles[status->trouble_count];
	const char *end = *at + strcspn(*at, "\n"), *since, *text;
	uint64_t since_s;
	int used = 0;

	if (status->trouble_count == STATUS_TROUBLES_MAX ||
		sscanf(*at, "trouble %15[a-z]%n", t->name, &used) != 1 ||
		(*at)[used] != ' ')
		return -EBADMSG;
	since = *at + used + 1;
	text = memchr(since, ' ', (size_t)(end - since));
	if (!text || num_parse(since, (size_t)(text - since), INT64_MAX, &since_s) < 0)
		return -EBADMSG;
	t->since_s = (int64_t)since_s;
	text++;
	text_printable(t->text, sizeof(t->text), text, (size_t)(end - text));
	status->trouble_count++;
	*at = end + 1;
	return 0;
}

int status_read(const char *spool, struct status *ret)
{
	char path[SPOOL_PATH_MAX];
	struct buf contents = { 0 };
	struct status status = { 0 };
	uint64_t version;
	const char *at;
	int r;

	snprintf(path, sizeof(path), "%s/status", spool);
	r = io_read_file(AT_FDCWD, path, STATUS_MAX, &contents);
	buf_addc(&contents, '\n'); /* also behind a file that was cut */
	at = buf_cstr(&contents);
	if (r == 0)
		r = at ? take(&at, "mailchute-status ", &version) : -ENOMEM;
	if (r == 0)
		r = take(&at, "messages ", &status.messages);
	if (r == 0)
		r = take(&at, "octets ", &status.octets);
	while (r == 0 && *at && *at != '\n')
		r = take_trouble(&at, &status);
	if (r == 0)
		*ret = status;
	buf_free(&contents);
	return r;
}
