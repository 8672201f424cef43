/* SPDX-License-Identifier: ISC */
/* A queued message as it goes out: as long as was promised, and in wire form if the file is. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conf/conf.h"
#include "courier/message.h"
#include "fuzz.h"
#include "mail/wireform.h"

static int read_all(const struct job *job, int fd, const char *from, bool seven_bit,
	size_t piece, struct buf *out)
{
	struct message m;
	ssize_t got;
	const struct conf conf = { .hostname = (char *)"host.example.org",
		.from = (char *)from,
		.allowed_senders = (char *)"",
		.rewrite = (char *)"",
		.user_senders = (char *)"",
		.add_header = (char *)"" };
	const struct message_rules rules = {
		.conf = &conf, .smtputf8 = !seven_bit, .seven_bit = seven_bit
	};
	int r = message_open(job, fd, &rules, &m);

	if (r < 0)
		return r;
	while (out->len < m.size) {
		char *to = buf_reserve(out, piece);

		REQUIRE(to);
		got = message_read(&m, to, piece);
		REQUIRE(got > 0);
		out->len += (size_t)got;
	}
	REQUIRE(out->len == m.size);
	message_close(&m);
	return 0;
}

/* The first octet: what the courier is told. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct job job = {
		.id = "5F3A0C9D21B7", .offset = 1, .sender = { .address = (char *)"" }
	};
	struct wireform wire = { 0 };
	struct buf message = { 0 }, out = { 0 }, split = { 0 };
	const char *from = n && data[0] & 1 ? "us@provider.example" : "";
	bool seven_bit = n && data[0] & 2;
	int fd, r;

	if (n < 2)
		return 0;
	wireform_add(&wire, (const char *)data + 1, n - 1, &message);
	wireform_end(&wire, &message);
	if (data[0] & 4) { /* as it stands, whatever that is */
		buf_clear(&message);
		buf_add(&message, data + 1, n - 1);
	}
	job.size = message.len;
	job.eight_bit = wire.eight_bit;
	job.long_lines = wire.long_lines || data[0] & 8;
	fd = memfd_create("message", MFD_CLOEXEC);
	REQUIRE(fd >= 0 && write(fd, "x", 1) == 1);
	REQUIRE(message.len == 0 ||
		write(fd, message.data, message.len) == (ssize_t)message.len);
	r = read_all(&job, fd, from, seven_bit, 16384, &out);
	REQUIRE(r == 0 || r == -ELOOP);
	REQUIRE(read_all(&job, fd, from, seven_bit, 7, &split) == r);
	close(fd);
	REQUIRE(fuzz_same(&out, &split));
	REQUIRE((data[0] & 4) || fuzz_is_wire_form(out.data, out.len));
	buf_free(&message);
	buf_free(&out);
	buf_free(&split);
	return 0;
}
