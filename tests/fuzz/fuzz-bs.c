/* SPDX-License-Identifier: ISC */
/*
 * sendmail -bs, whatever its caller says: each message that it says it has queued stands in the
 * spool, with an envelope that the flusher takes, in wire form.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/defaults.h"
#include "base/io.h"
#include "fuzz.h"
#include "mail/envelope.h"
#include "mail/wireform.h"
#include "sendmail/session.h"

#define FILE_MAX (16u << 20)

static char spool[256], folder[sizeof(spool) + 4];
static int new_fd = -1;

static void remove_spool(void)
{
	rmdir(folder);
	rmdir(spool);
}

static void make_spool(void)
{
	const char *temporary = getenv("TMPDIR");

	snprintf(spool, sizeof(spool), "%s/mailchute-fuzz.XXXXXX",
		temporary ? temporary : "/tmp");
	REQUIRE(mkdtemp(spool) && setenv(SPOOL_VARIABLE, spool, 1) == 0);
	snprintf(folder, sizeof(folder), "%s/new", spool);
	REQUIRE(mkdir(folder, 0700) == 0);
	new_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	REQUIRE(new_fd >= 0 && atexit(remove_spool) == 0);
}

static void check_file(const char *name)
{
	CLEANUP_CLOSE int fd = openat(new_fd, name, O_RDONLY | O_CLOEXEC);
	struct buf text = { 0 }, again = { 0 };
	struct wireform wire = { 0 };
	struct envelope e;
	const char *reason;

	REQUIRE(envelope_read(fd, &e, &reason) == 0);
	REQUIRE(io_read_file(new_fd, name, FILE_MAX, &text) == 0);
	buf_consume(&text, (size_t)e.offset);
	REQUIRE(text.len == e.size && fuzz_is_wire_form(text.data, text.len));
	wireform_add(&wire, text.data, text.len, &again);
	REQUIRE(!wire.eight_bit || e.eight_bit);
	REQUIRE(!wire.long_lines || e.long_lines);
	envelope_clear(&e);
	buf_free(&text);
	buf_free(&again);
}

/* Checks what is in the spool, and empties it. */
static size_t take_files(void)
{
	DIR *directory =
		fdopendir(openat(new_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;
	size_t n = 0;

	REQUIRE(directory);
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		check_file(entry->d_name);
		REQUIRE(unlinkat(new_fd, entry->d_name, 0) == 0);
		n++;
	}
	closedir(directory);
	return n;
}

static size_t count_queued(const char *output)
{
	static const char words[] = "250 2.0.0 Ok: queued as ";
	size_t n = 0;

	for (; (output = strstr(output, words)); output++)
		n++;
	return n;
}

/* Says it on descriptor 0; what is answered on descriptor 1 goes to *OUT. */
static void play(const uint8_t *data, size_t n, struct buf *out)
{
	static const struct session_limits limits = { .recipients =
							      ENVELOPE_RECIPIENTS_MAX };
	struct submission s = { .drop = { .fd = -1 } };
	int in = memfd_create("in", MFD_CLOEXEC),
	    output = memfd_create("out", MFD_CLOEXEC);
	int saved[] = { dup(STDIN_FILENO), dup(STDOUT_FILENO) };
	off_t size;
	char *to;
	int status;

	REQUIRE(write(in, data, n) == (ssize_t)n && lseek(in, 0, SEEK_SET) == 0);
	REQUIRE(dup2(in, STDIN_FILENO) == 0 && dup2(output, STDOUT_FILENO) == 1);
	status = session_run(&limits, &s);
	REQUIRE(status == EX_OK ||
		status == EX_DATAERR); /* if it ends within a message */
	submission_clear(&s);
	REQUIRE(dup2(saved[0], STDIN_FILENO) == 0 && dup2(saved[1], STDOUT_FILENO) == 1);
	close(saved[0]);
	close(saved[1]);
	close(in);
	size = lseek(output, 0, SEEK_END);
	to = buf_reserve(out, (size_t)size);
	REQUIRE(io_pread_full(output, to, (size_t)size, 0) == size);
	out->len = (size_t)size;
	close(output);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf output = { 0 };

	if (new_fd < 0)
		make_spool();
	play(data, n, &output);
	REQUIRE(take_files() == count_queued(buf_cstr(&output)));
	buf_free(&output);
	return 0;
}
