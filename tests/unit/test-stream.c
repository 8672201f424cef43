/* SPDX-License-Identifier: ISC */
/* The byte stream: lines, deadlines, and a writer that reads while it waits. */
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "wire/stream.h"

/* A stream and the other end of its socket. */
struct pair {
	struct stream s;
	int peer;
};

static struct pair pair_open(int type, int64_t patience_ms)
{
	struct pair p;
	int fds[2], small = 8192;

	assert_int_equal(socketpair(AF_UNIX, type, 0, fds), 0);
	for (int i = 0; i < 2; i++)
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	assert_int_equal(stream_init(&p.s, fds[0], fds[0]), 0);
	stream_set_deadline(&p.s, clock_mono_ms() + patience_ms);
	p.peer = fds[1];
	return p;
}

static void pair_close(struct pair *p)
{
	stream_close(&p->s);
	close(p->peer);
}

static void say(int fd, const char *text)
{
	assert_int_equal(io_write_all(fd, text, strlen(text)), 0);
}

/* Reads lines until the end or a failure, each in brackets. */
static int read_lines(struct stream *s, size_t max, char *to, size_t size)
{
	*to = '\0';
	for (;;) {
		const char *line;
		size_t n, used = strlen(to);
		int r = stream_read_line(s, max, &line, &n);

		if (r < 0 || !line)
			return r;
		snprintf(to + used, size - used, "[%.*s]", (int)n, line);
	}
}

static void test_lines(void **state)
{
	static const struct {
		const char *sent;
		size_t max;
		int result;
		const char *lines;
	} rows[] = {
		{ "", 100, 0, "" },
		{ "220 hello\r\n", 100, 0, "[220 hello]" },
		{ "a\nb\r\n\r\n\nc\r\r\n", 100, 0, "[a][b][][][c\r]" },
		{ "a\r\nb", 100, -ECONNRESET, "[a]" },
		{ "123456\r\n", 8, 0, "[123456]" },
		{ "1234567\r\n", 8, -EMSGSIZE, "" },
		{ "a\r\n12345678", 8, -EMSGSIZE, "[a]" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t split = 0; split <= strlen(rows[i].sent); split++) {
			/* each packet is what one read finds */
			struct pair p = pair_open(SOCK_SEQPACKET, 5000);
			char got[200];
			int r;

			if (split > 0)
				assert_int_equal(
					io_write_all(p.peer, rows[i].sent, split), 0);
			if (rows[i].sent[split])
				say(p.peer, rows[i].sent + split);
			shutdown(p.peer, SHUT_WR);
			r = read_lines(&p.s, rows[i].max, got, sizeof(got));
			assert_string_equal(got, rows[i].lines);
			assert_int_equal(r, rows[i].result);
			assert_int_equal(*stream_error(&p.s) != '\0', r < 0);
			pair_close(&p);
		}
	}
}

static void test_a_reader_gives_up_at_the_deadline(void **state)
{
	struct pair p = pair_open(SOCK_STREAM, 50);
	int64_t start = clock_mono_ms();
	const char *line = "untouched";
	size_t n;
	char c;

	(void)state;
	say(p.peer, "no end");
	assert_int_equal(stream_read_line(&p.s, 100, &line, &n), -ETIMEDOUT);
	assert_string_equal(line, "untouched");
	assert_in_range(clock_mono_ms() - start, 49, 3000);
	assert_string_equal(stream_error(&p.s), "timed out");
	/* and it stays so */
	stream_set_deadline(&p.s, clock_mono_ms() + 5000);
	assert_int_equal(stream_write(&p.s, "x", 1), -ETIMEDOUT);
	assert_int_equal(stream_flush(&p.s), -ETIMEDOUT);
	stream_discard_input(&p.s);
	assert_int_equal(stream_read(&p.s, &c, 1), -ETIMEDOUT);
	pair_close(&p);
}

static void test_a_writer_gives_up_at_the_deadline(void **state)
{
	static const char block[65536];
	struct pair p = pair_open(SOCK_STREAM, 50);
	int r = 0;

	(void)state;
	for (int i = 0; i < 64 && r == 0; i++)
		r = stream_write(&p.s, block, sizeof(block));
	assert_int_equal(r, -ETIMEDOUT);
	pair_close(&p);
}

static void test_what_came_before_what_was_sent(void **state)
{
	struct pair p = pair_open(SOCK_STREAM, 5000);
	const char *line;
	size_t n;

	(void)state;
	assert_int_equal(stream_write(&p.s, "12345", 5), 0);
	say(p.peer, "early\nea");
	assert_int_equal(stream_read_line(&p.s, 100, &line, &n), 0);
	assert_int_equal(stream_flush(&p.s), 0);
	say(p.peer, "rly too\nlate\n");
	assert_int_equal(stream_read_line(&p.s, 100, &line, &n), 0);
	assert_int_equal(stream_written(&p.s), 5);
	assert_int_equal(stream_taken(&p.s), 16);
	assert_int_equal(stream_sent_before(&p.s, 0), 0);
	assert_int_equal(stream_sent_before(&p.s, 7), 0);
	assert_int_equal(stream_sent_before(&p.s, 8), 5);
	assert_int_equal(stream_sent_before(&p.s, 16), 5);
	pair_close(&p);
}

#define PEER_SAYS 60000
#define WE_SAY	  1000000

/* Says all that it has to say before it reads a byte. */
static void *talk_then_listen(void *arg)
{
	static const char block[PEER_SAYS];
	int fd = *(int *)arg;
	char to[4096];
	size_t heard = 0;
	ssize_t n = 1;

	if (io_write_all(fd, block, sizeof(block)) < 0)
		return NULL;
	while (heard < WE_SAY && (n = read(fd, to, sizeof(to))) > 0)
		heard += (size_t)n;
	return heard == WE_SAY ? arg : NULL;
}

static void test_a_writer_that_waits_also_reads(void **state)
{
	static const char block[WE_SAY];
	static char to[PEER_SAYS];
	struct pair p = pair_open(SOCK_STREAM, 20000);
	pthread_t thread;
	void *all_heard;
	size_t got = 0;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, talk_then_listen, &p.peer), 0);
	assert_int_equal(stream_write(&p.s, block, sizeof(block)), 0);
	assert_int_equal(stream_flush(&p.s), 0);
	pthread_join(thread, &all_heard);
	assert_non_null(all_heard);
	while (got < PEER_SAYS) {
		ssize_t n = stream_read(&p.s, to, sizeof(to));

		assert_true(n > 0);
		got += (size_t)n;
	}
	assert_false(stream_has_input(&p.s));
	pair_close(&p);
}

/* Talks until the other end is gone. */
static void *talk_forever(void *arg)
{
	static const char block[16384];

	while (io_write_all(*(int *)arg, block, sizeof(block)) == 0)
		;
	return NULL;
}

static void test_a_waiting_writer_reads_so_much_and_no_more(void **state)
{
	static const char block[WE_SAY];
	struct pair p = pair_open(SOCK_STREAM, 200);
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, talk_forever, &p.peer), 0);
	assert_int_equal(stream_write(&p.s, block, sizeof(block)), -ETIMEDOUT);
	/* what stands below the bound when a read begins may go beyond it by that read */
	assert_in_range(
		p.s.in.len - p.s.in_at, STREAM_INPUT_MAX, STREAM_INPUT_MAX + 16384);
	stream_close(&p.s);
	pthread_join(thread, NULL);
	close(p.peer);
}

static void test_small_writes_leave_as_one(void **state)
{
	struct pair p = pair_open(SOCK_SEQPACKET, 5000);
	char got[100];

	(void)state;
	assert_int_equal(stream_write(&p.s, "EHLO ", 5), 0);
	assert_int_equal(stream_printf(&p.s, "%s\r\n", "me"), 0);
	assert_int_equal(stream_printf(&p.s, "NOOP\r\n"), 0);
	assert_int_equal(recv(p.peer, got, sizeof(got), MSG_DONTWAIT), -1);
	assert_int_equal(stream_flush(&p.s), 0);
	assert_int_equal(recv(p.peer, got, sizeof(got), MSG_DONTWAIT), 15);
	assert_memory_equal(got, "EHLO me\r\nNOOP\r\n", 15);
	pair_close(&p);
}

static void test_two_pipes(void **state)
{
	struct stream s;
	int to_us[2], from_us[2];
	const char *line;
	size_t n;
	char got[20];

	(void)state;
	assert_int_equal(pipe(to_us), 0);
	assert_int_equal(pipe(from_us), 0);
	assert_int_equal(stream_init(&s, to_us[0], from_us[1]), 0);
	stream_set_deadline(&s, clock_mono_ms() + 5000);
	say(to_us[1], "QUIT\r\n");
	assert_int_equal(stream_read_line(&s, 100, &line, &n), 0);
	assert_int_equal(n, 4);
	assert_int_equal(stream_printf(&s, "221 bye\r\n"), 0);
	assert_int_equal(stream_flush(&s), 0);
	assert_int_equal(read(from_us[0], got, sizeof(got)), 9);
	close(to_us[1]);
	assert_int_equal(stream_read_line(&s, 100, &line, &n), 0);
	assert_null(line);
	stream_close(&s);
	assert_int_equal(read(from_us[0], got, sizeof(got)), 0);
	close(from_us[0]);
}

static void test_a_peer_that_left(void **state)
{
	struct pair p = pair_open(SOCK_STREAM, 5000);

	(void)state;
	close(p.peer);
	p.peer = -1;
	assert_int_equal(stream_printf(&p.s, "NOOP\r\n"), 0);
	assert_int_equal(stream_flush(&p.s), -ECONNRESET);
	assert_true(*stream_error(&p.s) != '\0');
	pair_close(&p);
}

static void test_input_can_be_forgotten(void **state)
{
	struct pair p = pair_open(SOCK_STREAM, 5000);
	const char *line;
	size_t n;

	(void)state;
	say(p.peer, "STARTTLS\r\nMAIL FROM:<evil@example.org>\r\n");
	assert_false(stream_has_input(&p.s));
	assert_int_equal(stream_read_line(&p.s, 100, &line, &n), 0);
	assert_true(stream_has_input(&p.s));
	stream_discard_input(&p.s);
	assert_false(stream_has_input(&p.s));
	say(p.peer, "EHLO me\r\n");
	assert_int_equal(stream_read_line(&p.s, 100, &line, &n), 0);
	assert_memory_equal(line, "EHLO me", n);
	pair_close(&p);
}

/* A layer as TLS is one, only worse: each byte changed, one at a time, every other call to wait. */
struct slow_layer {
	int fd;
	unsigned calls;
	bool *closed;
};

static bool slow_waits(struct slow_layer *layer, short event, short *events)
{
	*events = event;
	return layer->calls++ % 2;
}

static ssize_t slow_read(
	void *layer, void *to, size_t n, short *events, char *error, size_t size)
{
	struct slow_layer *l = layer;
	ssize_t r;

	(void)n, (void)error, (void)size;
	if (slow_waits(l, POLLOUT, events)) /* as if it had something to say first */
		return -EAGAIN;
	r = read(l->fd, to, 1);
	*events = POLLIN;
	if (r > 0)
		*(char *)to ^= 1;
	return r < 0 ? -errno : r;
}

static ssize_t slow_write(
	void *layer, const void *from, size_t n, short *events, char *error, size_t size)
{
	struct slow_layer *l = layer;
	char c = (char)(*(const char *)from ^ 1);
	ssize_t r;

	if (slow_waits(l, POLLOUT, events))
		return -EAGAIN;
	if (c == ('!' ^ 1)) {
		snprintf(error, size, "no shouting (%zu)", n);
		return -EPROTO;
	}
	r = write(l->fd, &c, 1);
	return r < 0 ? -errno : r;
}

static void slow_close(void *layer)
{
	*((struct slow_layer *)layer)->closed = true;
}

static void test_a_layer_in_between(void **state)
{
	static const struct stream_layer ops = { slow_read, slow_write, slow_close };
	struct pair p = pair_open(SOCK_STREAM, 5000);
	bool closed = false;
	struct slow_layer layer = { .fd = p.s.in_fd, .closed = &closed };
	const char *line;
	size_t n;
	char got[10];

	(void)state;
	stream_set_layer(&p.s, &ops, &layer);
	assert_int_equal(stream_printf(&p.s, "abc"), 0);
	assert_int_equal(stream_flush(&p.s), 0);
	assert_int_equal(read(p.peer, got, sizeof(got)), 3);
	assert_memory_equal(got, "`cb", 3);
	say(p.peer, "ssm\x0c\x0b");
	assert_int_equal(stream_read_line(&p.s, 100, &line, &n), 0);
	assert_int_equal(n, 3);
	assert_memory_equal(line, "rrl", 3);
	assert_int_equal(stream_printf(&p.s, "hey!"), 0);
	assert_int_equal(stream_flush(&p.s), -EPROTO);
	assert_string_equal(stream_error(&p.s), "no shouting (1)");
	pair_close(&p);
	assert_true(closed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_a_reader_gives_up_at_the_deadline),
		cmocka_unit_test(test_a_writer_gives_up_at_the_deadline),
		cmocka_unit_test(test_a_writer_that_waits_also_reads),
		cmocka_unit_test(test_a_waiting_writer_reads_so_much_and_no_more),
		cmocka_unit_test(test_small_writes_leave_as_one),
		cmocka_unit_test(test_what_came_before_what_was_sent),
		cmocka_unit_test(test_two_pipes),
		cmocka_unit_test(test_a_peer_that_left),
		cmocka_unit_test(test_input_can_be_forgotten),
		cmocka_unit_test(test_a_layer_in_between),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
