/* SPDX-License-Identifier: ISC */
#include "dialogue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t scene_read(
	void *layer, void *to, size_t n, short *events, char *error, size_t size)
{
	struct scene *scene = layer;
	size_t end = scene->at < scene->cut ? scene->cut : scene->len;
	size_t take = end - scene->at;

	(void)events, (void)error, (void)size;
	if (take > scene->piece)
		take = scene->piece;
	if (take > n)
		take = n;
	memcpy(to, scene->input + scene->at, take);
	scene->at += take;
	return (ssize_t)take;
}

static ssize_t scene_write(
	void *layer, const void *from, size_t n, short *events, char *error, size_t size)
{
	struct scene *scene = layer;

	(void)events, (void)error, (void)size;
	buf_add(&scene->output, from, n);
	scene->writes++;
	return (ssize_t)n;
}

static void scene_close(void *layer)
{
	(void)layer;
}

static bool authenticate(void *context, const char *user, const char *password)
{
	struct scene *scene = context;

	buf_addf(&scene->heard, "auth %s %s\n", user, password);
	return strcmp(user, "user") == 0 && strcmp(password, "pass") == 0;
}

static int start_tls(void *context, struct stream *s)
{
	struct scene *scene = context;

	assert_false(stream_has_input(s));
	buf_adds(&scene->heard, "tls\n");
	return 0;
}

static void mail(void *context, const struct envelope_path *path, const char *body,
	struct server_reply *reply)
{
	struct scene *scene = context;

	buf_addf(&scene->heard, "mail <%s>", path->address);
	if (*body)
		buf_addf(&scene->heard, " body=%s", body);
	if (path->parameters)
		buf_addf(&scene->heard, " %s", path->parameters);
	buf_adds(&scene->heard, "\n");
	if (strncmp(path->address, "no@", 3) == 0)
		server_reply_set(reply, 550, "5.7.1", "Not you");
	if (strncmp(path->address, "bye@", 4) == 0)
		server_reply_set(reply, 421, "4.3.2", "We close");
	scene->full = strncmp(path->address, "full@", 5) == 0;
}

static void rcpt(
	void *context, const struct envelope_path *path, struct server_reply *reply)
{
	struct scene *scene = context;

	buf_addf(&scene->heard, "rcpt <%s>", path->address);
	if (path->parameters)
		buf_addf(&scene->heard, " %s", path->parameters);
	buf_adds(&scene->heard, "\n");
	if (strncmp(path->address, "no@", 3) == 0)
		server_reply_set(reply, 550, "5.1.1", "No such user");
}

static int data_open(void *context)
{
	buf_clear(&((struct scene *)context)->message);
	return 0;
}

static int data_write(void *context, const void *bytes, size_t n)
{
	struct scene *scene = context;

	buf_add(&scene->message, bytes, n);
	return scene->full ? -ENOSPC : 0;
}

static void data_close(void *context, struct server_reply *reply)
{
	struct scene *scene = context;

	(void)reply;
	buf_adds(&scene->heard, "message ");
	buf_add(&scene->heard, scene->message.data, scene->message.len);
}

static void reset(void *context)
{
	buf_clear(&((struct scene *)context)->message);
}

static const struct server_handler handler = {
	.authenticate = authenticate,
	.start_tls = start_tls,
	.mail = mail,
	.rcpt = rcpt,
	.data_open = data_open,
	.data_write = data_write,
	.data_close = data_close,
	.reset = reset,
};

struct server_options usual_options(void)
{
	return (struct server_options){
		.hostname = "server.example",
		.pipelining = true,
		.chunking = true,
		.eightbitmime = true,
		.smtputf8 = true,
		.enhanced_status_codes = true,
		.dsn = true,
		.size_max = 1000,
		.recipients_max = 3,
		.timeout_ms = 5000,
	};
}

void offer_nothing(struct server_options *o)
{
	*o = (struct server_options){
		.hostname = "server.example", .recipients_max = 1, .timeout_ms = 5000
	};
}

int play(struct scene *scene, const struct server_options *options, const char *input,
	size_t cut, size_t piece)
{
	static const struct stream_layer ops = { scene_read, scene_write, scene_close };
	struct server server = { .options = options,
		.handler = &handler,
		.context = scene,
		.stream = &scene->s };
	int fds[2], r;

	*scene = (struct scene){
		.input = input, .len = strlen(input), .cut = cut, .piece = piece
	};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	close(fds[1]);
	assert_int_equal(stream_init(&scene->s, fds[0], fds[0]), 0);
	stream_set_layer(&scene->s, &ops, scene);
	r = server_run(&server);
	stream_close(&scene->s);
	return r;
}

void scene_clear(struct scene *scene)
{
	buf_free(&scene->output);
	buf_free(&scene->heard);
	buf_free(&scene->message);
}

/* A line is printable ASCII and CRLF (RFC 5321 section 4.2), whatever the client says. */
static void check_line(const char *line)
{
	while (*line >= ' ' && *line <= '~')
		line++;
	assert_memory_equal(line, "\r\n", 2);
}

/* "250/2.1.0" for each reply: words may change, codes may not. */
static void summarize(struct buf *output, struct buf *to)
{
	const char *line = buf_cstr(output);

	for (; line && *line; line = strchr(line, '\n') + 1) {
		int enhanced = 0;

		check_line(line);
		if (line[3] == '-')
			continue;
		sscanf(line + 3, " %*1[245].%*3[0-9].%*3[0-9]%n", &enhanced);
		buf_addf(to, "%s%.3s", to->len ? " " : "", line);
		if (enhanced > 1)
			buf_addf(to, "/%.*s", enhanced - 1, line + 4);
	}
}

void play_and_compare(const struct dialogue *d, size_t cut, size_t piece)
{
	struct server_options options = usual_options();
	struct scene scene;
	struct buf replies = { 0 };

	if (d->change)
		d->change(&options);
	assert_int_equal(play(&scene, &options, d->input, cut, piece), 0);
	summarize(&scene.output, &replies);
	if (!buf_cstr(&replies) || !buf_cstr(&scene.heard) ||
		strcmp(replies.data, d->replies) != 0 ||
		strcmp(scene.heard.data, d->heard) != 0)
		fail_msg("%s, cut at %zu, pieces of %zu:\n%s\n%s", d->name, cut, piece,
			replies.data, scene.heard.data);
	buf_free(&replies);
	scene_clear(&scene);
}

void play_all(const struct dialogue *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(rows[i].input);

		play_and_compare(&rows[i], 0, 1);
		for (size_t cut = 0; cut < n; cut++)
			play_and_compare(&rows[i], cut, SIZE_MAX);
	}
}
