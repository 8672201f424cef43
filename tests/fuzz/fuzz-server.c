/* SPDX-License-Identifier: ISC */
/*
 * A session with the SMTP server, whatever the client says: messages arrive in wire form, replies
 * are replies, and how the client's octets come in pieces changes nothing.
 */
#include <string.h>

#include "fuzz.h"
#include "memory.h"
#include "mail/dsn.h"
#include "wire/server.h"

struct scene {
	struct memory memory;
	struct buf heard, message;
	bool mail, open;
	bool lenient; /* then line ends are the handler's concern too */
};

/* Nothing that ends a line, or can be taken for an end. */
static void check_word(const char *s)
{
	for (; *s; s++)
		REQUIRE((unsigned char)*s >= ' ' && *s != 127);
}

static bool authenticate(void *context, const char *user, const char *password)
{
	buf_addf(&((struct scene *)context)->heard, "auth %s %s\n", user, password);
	return *user == 'u';
}

static int start_tls(void *context, struct stream *s)
{
	(void)context;
	REQUIRE(!stream_has_input(s));
	return 0;
}

/* Parameters are those of an envelope. */
static void check_parameters(
	const struct envelope_path *path, bool (*valid)(const char *s, size_t n))
{
	REQUIRE(!path->parameters || valid(path->parameters, strlen(path->parameters)));
}

static void mail(void *context, const struct envelope_path *path, const char *body,
	struct server_reply *reply)
{
	struct scene *scene = context;

	REQUIRE(!scene->mail && !scene->open);
	(void)body;
	check_word(path->address);
	check_parameters(path, dsn_mail_valid);
	buf_addf(&scene->heard, "mail %s\n", path->address);
	scene->mail = *path->address != 'n';
	if (!scene->mail)
		server_reply_set(reply, 550, "5.7.1", "Not you");
}

static void rcpt(
	void *context, const struct envelope_path *path, struct server_reply *reply)
{
	struct scene *scene = context;

	REQUIRE(scene->mail && *path->address);
	check_word(path->address);
	check_parameters(path, dsn_rcpt_valid);
	buf_addf(&scene->heard, "rcpt %s\n", path->address);
	if (*path->address == 'n')
		server_reply_set(reply, 550, "5.1.1", "No such user");
}

static int data_open(void *context)
{
	struct scene *scene = context;

	REQUIRE(scene->mail && !scene->open);
	scene->open = true;
	buf_clear(&scene->message);
	return 0;
}

static int data_write(void *context, const void *bytes, size_t n)
{
	struct scene *scene = context;

	REQUIRE(scene->open);
	buf_add(&scene->message, bytes, n);
	return 0;
}

static void data_close(void *context, struct server_reply *reply)
{
	struct scene *scene = context;

	(void)reply;
	REQUIRE(scene->open);
	buf_add(&scene->heard, scene->message.data, scene->message.len);
	if (scene->lenient)
		return;
	for (size_t i = 0; i < scene->message.len; i++) /* NUL is the handler's concern */
		scene->message.data[i] += scene->message.data[i] == '\0';
	if (scene->message.len && scene->message.data[scene->message.len - 1] != '\n')
		buf_adds(&scene->message, "\r\n"); /* and so is how the last chunk ends */
	REQUIRE(fuzz_is_wire_form(scene->message.data, scene->message.len));
}

static void reset(void *context)
{
	struct scene *scene = context;

	scene->mail = scene->open = false;
}

static void play(const struct server_options *options, const uint8_t *data, size_t n,
	size_t piece, struct scene *scene)
{
	static const struct server_handler handler = { authenticate, start_tls, mail,
		rcpt, data_open, data_write, NULL, data_close, reset };
	struct stream s;
	struct server server = {
		.options = options, .handler = &handler, .context = scene, .stream = &s
	};
	int fd = memory_descriptor();

	*scene = (struct scene){
		.memory = { .input = (const char *)data, .len = n, .piece = piece },
		.lenient = options->lenient
	};
	REQUIRE(stream_init(&s, fd, fd) == 0);
	memory_attach(&scene->memory, &s);
	REQUIRE(server_run(&server) == 0);
	stream_close(&s);
}

/* "250-..." or "250 ...", of printable ASCII (RFC 5321 section 4.2). */
static void check_replies(const struct buf *output)
{
	REQUIRE(output->len > 0 && fuzz_is_wire_form(output->data, output->len));
	for (size_t i = 0, in_line = 0; i < output->len; i++, in_line++) {
		char c = output->data[i];

		if (c == '\r' && in_line > 3) {
			in_line = (size_t)-2;
			continue;
		}
		REQUIRE(c == '\n' || (c >= ' ' && c <= '~'));
		REQUIRE(in_line != 0 || (c >= '2' && c <= '5'));
		REQUIRE(in_line != 3 || c == ' ' || c == '-');
	}
}

static void scene_clear(struct scene *scene)
{
	buf_free(&scene->memory.output);
	buf_free(&scene->heard);
	buf_free(&scene->message);
}

/* The first two octets are options. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct server_options options = {
		.hostname = "server.example", .recipients_max = 3, .timeout_ms = 5000
	};
	struct scene whole, split;

	if (n < 2)
		return 0;
	options.pipelining = options.eightbitmime = data[0] & 1;
	options.enhanced_status_codes = options.dsn = data[0] & 2;
	options.chunking = data[0] & 4;
	options.smtputf8 = data[0] & 8;
	options.starttls = data[1] & 1;
	options.auth_plain = options.auth_login = options.require_auth = data[1] & 2;
	options.allow_plain_auth = data[1] & 4;
	options.lenient = data[1] & 8;
	options.size_max = data[1] & 16 ? 100 : 0;
	play(&options, data + 2, n - 2, SIZE_MAX, &whole);
	check_replies(&whole.memory.output);
	play(&options, data + 2, n - 2, 1, &split);
	if (!options.starttls) { /* what came along with STARTTLS is forgotten */
		REQUIRE(fuzz_same(&whole.memory.output, &split.memory.output));
		REQUIRE(fuzz_same(&whole.heard, &split.heard));
	}
	scene_clear(&whole);
	scene_clear(&split);
	return 0;
}
