/* SPDX-License-Identifier: ISC */
#include "courier/charset.h"

#include "base/io.h"
#include "base/utf8.h"

#define BLOCK_SIZE 16384

int charset_guess(const struct job *job, int fd, uint64_t body, const char **ret)
{
	struct utf8 utf8 = { 0 };
	bool valid = true, beyond = false;
	char block[BLOCK_SIZE];

	while (valid && body < job->size) {
		uint64_t left = job->size - body;
		size_t want = left < sizeof(block) ? (size_t)left : sizeof(block);
		ssize_t got = io_pread_full(fd, block, want, job->offset + (off_t)body);

		if (got <= 0) {
			if (got < 0)
				return (int)got;
			break; /* the client says what is wrong with it */
		}
		valid = utf8_continues(&utf8, block, (size_t)got);
		beyond = beyond || utf8_beyond_ascii(block, (size_t)got);
		body += (uint64_t)got;
	}
	if (utf8.left)
		valid = false;
	*ret = !beyond ? NULL : valid ? "utf-8" : "unknown-8bit";
	return 0;
}
