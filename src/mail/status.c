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
#include "mail/spool.h"

#define FORMAT	   "mailchute-status 1\nmessages %" PRIu64 "\noctets %" PRIu64 "\n"
#define STATUS_MAX 256

static int write_file(const char *path, const char *contents)
{
	CLEANUP_CLOSE int fd =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0 || fchmod(fd, 0644) < 0) /* whatever the umask is */
		return -errno;
	return io_write_all(fd, contents, strlen(contents));
}

int status_write(const char *spool, const struct status *status)
{
	char path[SPOOL_PATH_MAX], temporary[SPOOL_PATH_MAX + 1], contents[STATUS_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/status", spool);
	snprintf(temporary, sizeof(temporary), "%s~", path);
	snprintf(contents, sizeof(contents), FORMAT, status->messages, status->octets);
	r = write_file(temporary, contents);
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

int status_read(const char *spool, struct status *ret)
{
	char path[SPOOL_PATH_MAX];
	struct buf contents = { 0 };
	struct status status;
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
	if (r == 0)
		*ret = status;
	buf_free(&contents);
	return r;
}
