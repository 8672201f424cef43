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

/* In what was added to the output BEFORE this. */
static void look_for(struct memory *m, struct memory_mark *mark, size_t before)
{
	size_t n = mark->text ? strlen(mark->text) : 0,
	       from = before > n ? before - n : 0;

	if (n && mark->at == SIZE_MAX &&
		memmem(m->output.data + from, m->output.len - from, mark->text, n))
		mark->at = m->at;
}

void memory_mark(struct memory *memory, size_t number, const char *text)
{
	memory->marks[number] = (struct memory_mark){ text, SIZE_MAX };
}

static ssize_t memory_write(
	void *layer, const void *from, size_t n, short *events, char *error, size_t size)
{
	struct memory *m = layer;
	size_t before = m->output.len;

	(void)events, (void)error, (void)size;
	buf_add(&m->output, from, n);
	for (size_t i = 0; i < MEMORY_MARKS; i++)
		look_for(m, &m->marks[i], before);
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

	stream_set_layer(s, &ops, memory);
}

int memory_descriptor(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	REQUIRE(fd >= 0);
	return fd;
}
