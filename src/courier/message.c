/* SPDX-License-Identifier: ISC */
#include "courier/message.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "courier/rewrite.h"
#include "mail/header.h"

#define FIRST_READ 8192 /* holds most header sections */

/* Appends up to N octets more of the message to *OUT. Octets added or -errno. */
static ssize_t read_more(const struct job *job, int fd, size_t n, struct buf *out)
{
	uint64_t left = job->size - out->len;
	ssize_t got;

	if (n > left)
		n = (size_t)left;
	if (!buf_reserve(out, n + 1))
		return -ENOMEM;
	got = io_pread_full(fd, out->data + out->len, n, job->offset + (off_t)out->len);
	if (got > 0)
		out->len += (size_t)got;
	return got;
}

/* Reads as much into *START as it takes to have the whole header section, *RET_SECTION octets. */
static int read_section(
	const struct job *job, int fd, struct buf *start, size_t *ret_section)
{
	ssize_t got = read_more(job, fd, FIRST_READ, start);

	while (got >= 0) {
		bool whole = got == 0 || start->len == job->size;

		if (rewrite_section(start->data, start->len, whole, ret_section))
			return *ret_section > HEADER_MAX ? -EFBIG : 0;
		if (start->len > HEADER_MAX)
			return -EFBIG;
		got = read_more(job, fd, start->len, start);
	}
	return (int)got;
}

int message_open(const struct job *job, int fd, const char *host, const char *from,
	struct message *ret)
{
	CLEANUP(buf_free) struct buf start = { 0 };
	struct message m = { .fd = fd };
	size_t section;
	int r = read_section(job, fd, &start, &section);

	if (r < 0)
		return r;
	rewrite_header(job, host, from, start.data, section, &m.head);
	/* a message whose body starts without an empty line gets one */
	if (section < start.len && start.data[section] != '\r')
		buf_adds(&m.head, "\r\n");
	if (buf_failed(&m.head)) {
		buf_free(&m.head);
		return -ENOMEM;
	}
	m.offset = job->offset + (off_t)section;
	m.left = job->size - section;
	*ret = m;
	return 0;
}

uint64_t message_size(const struct message *message)
{
	return message->head.len + message->left;
}

ssize_t message_read(void *context, void *to, size_t n)
{
	struct message *m = context;
	size_t head = m->head.len - m->head_at;
	ssize_t got;

	if (head > 0) {
		if (n > head)
			n = head;
		memcpy(to, m->head.data + m->head_at, n);
		m->head_at += n;
		return (ssize_t)n;
	}
	if (n > m->left)
		n = (size_t)m->left;
	got = io_pread_full(m->fd, to, n, m->offset);
	if (got > 0) {
		m->offset += got;
		m->left -= (uint64_t)got;
	}
	return got;
}

void message_close(struct message *message)
{
	buf_free(&message->head);
}
