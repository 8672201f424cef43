/* SPDX-License-Identifier: ISC */
#include "memory.h"

#include <string.h>
#include <sys/eventfd.h>

#include "fuzz.h"

static ssize_t memory_read(
	void *layer, void *to, size_t n, short *events, char *error, size_t size)
{
	struct memory *m = layer;
	const char *stop;

	(void)events, (void)error, (void)size;
	while (m->pause && m->at < m->len && m->input[m->at] == m->pause)
		m->at++;
	if (n > m->len - m->at)
		n = m->len - m->at;
	if (n > m->piece)
		n = m->piece;
	stop = m->pause && n ? memchr(m->input + m->at, m->pause, n) : NULL;
	if (stop)
		n = (size_t)(stop - m->input) - m->at;
	if (n)
		memcpy(to, m->input + m->at, n);
	m->at += n;
	return (ssize_t)n;
}

static ssize_t memory_write(
	void *layer, const void *from, size_t n, short *events, char *error, size_t size)
{
	struct memory *m = layer;
	size_t mark = m->mark ? strlen(m->mark) : 0;

	(void)events, (void)error, (void)size;
	buf_add(&m->output, from, n);
	if (mark && m->marked_at == SIZE_MAX && m->output.len >= mark &&
		memcmp(m->output.data + m->output.len - mark, m->mark, mark) == 0)
		m->marked_at = m->at;
	return (ssize_t)n;
}

static void memory_close(void *layer)
{
	(void)layer;
}

void memory_attach(struct memory *memory, struct stream *s)
{
	static const struct stream_layer ops = { memory_read, memory_write,
		memory_close };

	memory->marked_at = SIZE_MAX;
	stream_set_layer(s, &ops, memory);
}

int memory_descriptor(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	REQUIRE(fd >= 0);
	return fd;
}
