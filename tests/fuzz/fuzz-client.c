/* SPDX-License-Identifier: ISC */
/*
 * A courier's whole connection, whatever the server says: nothing counts as delivered without a
 * positive reply to the whole message, and everybody has an outcome.
 */
#include <string.h>

#include "fuzz.h"
#include "memory.h"
#include "wire/client.h"

#define END	   "end of the message\r\n"
#define RECIPIENTS 2

struct scene {
	struct memory memory;
	struct client client;
	const char *message; /* END follows it */
	size_t len, at;
};

/* Instead of wire/net.c: there is always somebody, and the memory steps in when asked. */
int net_connect(const char *host, uint16_t port, int64_t address_ms, int64_t deadline_ms,
	char relay[NET_RELAY_MAX], char *error, size_t error_size)
{
	(void)host, (void)port, (void)address_ms, (void)deadline_ms, (void)error,
		(void)error_size;
	strcpy(relay, "server.example[127.0.0.1]:25");
	return memory_descriptor();
}

bool net_peer_is_loopback(int fd)
{
	(void)fd;
	return true;
}

static void step(void *context, enum stage stage, bool ok, const char *words)
{
	struct scene *scene = context;

	(void)words;
	if (stage == STAGE_CONNECT && ok)
		memory_attach(&scene->memory, &scene->client.stream);
}

static ssize_t read_message(void *context, void *to, size_t n)
{
	struct scene *scene = context;
	bool tail = scene->at >= scene->len;
	const char *from =
		tail ? &END[scene->at - scene->len] : scene->message + scene->at;
	size_t left = (tail ? scene->len + strlen(END) : scene->len) - scene->at;

	if (n > left)
		n = left;
	memcpy(to, from, n);
	scene->at += n;
	return (ssize_t)n;
}

static void check_printable(const char *s)
{
	for (; *s; s++)
		REQUIRE(*s >= ' ' && *s <= '~');
}

/* True if a line of N octets at S says that something went well. */
static bool has_success(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '2' && (i == 0 || strchr("\n|", s[i - 1])))
			return true;
	}
	return false;
}

/* The message went out as a whole, and what was taken from the server then holds a success. */
static void check_delivered(const struct scene *scene)
{
	const struct memory *m = &scene->memory;
	struct buf message = { 0 };

	REQUIRE(m->marked_at != SIZE_MAX);
	REQUIRE(has_success(m->input + m->marked_at, m->at - m->marked_at));
	buf_add(&message, scene->message, scene->len);
	buf_adds(&message, END);
	for (size_t i = 0; i < message.len; i++) /* NUL is not the courier's concern */
		message.data[i] += message.data[i] == '\0';
	REQUIRE(fuzz_is_wire_form(message.data, message.len));
	buf_free(&message);
}

static void send_one(struct scene *scene, const struct envelope_path *recipients)
{
	static const struct envelope_path sender = { (char *)"a@client.example",
		(char *)"RET=HDRS" };
	struct outcome outcomes[RECIPIENTS];
	struct transaction t = { .sender = &sender,
		.recipients = recipients,
		.count = RECIPIENTS,
		.size = scene->len + strlen(END),
		.read = read_message,
		.context = scene,
		.outcomes = outcomes };
	int r;

	scene->at = 0;
	scene->memory.mark = scene->client.caps.chunking ? END : END ".\r\n";
	scene->memory.marked_at = SIZE_MAX;
	r = client_send(&scene->client, &t);
	REQUIRE(r == 0 || !scene->client.usable);
	for (size_t i = 0; i < t.count; i++) {
		const struct outcome *o = &outcomes[i];

		REQUIRE(o->verdict != VERDICT_UNATTEMPTED || o->blame != BLAME_NOBODY);
		REQUIRE(o->verdict != VERDICT_DELIVERED || !t.untouched);
		check_printable(o->text);
		check_printable(o->enhanced);
		if (o->verdict == VERDICT_DELIVERED)
			check_delivered(scene);
	}
}

static void connect_and_send(struct scene *scene, const struct client_options *options)
{
	static const struct envelope_path good[] = { { (char *)"b@server.example", NULL },
		{ (char *)"c@server.example", (char *)"NOTIFY=NEVER" } };
	static const struct envelope_path odd[] = {
		{ (char *)"b\xc3\xb6@server.example", NULL }, { (char *)"c> d", NULL }
	};
	struct outcome trouble = { 0 };

	if (client_open(&scene->client, options, &trouble) < 0) {
		REQUIRE(trouble.blame != BLAME_NOBODY &&
			trouble.verdict != VERDICT_DELIVERED);
		check_printable(trouble.text);
		return;
	}
	send_one(scene, good);
	if (scene->client.usable)
		send_one(scene, odd);
	client_close(&scene->client);
}

/*
 * The first octet says if there is a login. What the server says follows, to the end or to a NUL:
 * '|' is where it waits for us. Behind the NUL comes the message, less its last line.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *s = (const char *)data;
	const char *nul = n ? memchr(s, '\0', n) : NULL;
	struct client_options options = { .host = "server.example",
		.provider = "",
		.tls = CLIENT_TLS_NONE,
		.hello = "client.example",
		.password = "pass",
		.gear = GEAR_CHUNKING,
		.step = step };
	struct scene scene = { .memory = { .piece = SIZE_MAX, .pause = '|' } };

	if (n == 0 || nul == s)
		return 0;
	scene.memory.input = s + 1;
	scene.memory.len = (nul ? (size_t)(nul - s) : n) - 1;
	scene.message = nul ? nul + 1 : "";
	scene.len = nul ? (size_t)(s + n - nul) - 1 : 0;
	options.step_context = &scene;
	options.user = *s & 1 ? "user" : "";
	connect_and_send(&scene, &options);
	buf_free(&scene.memory.output);
	return 0;
}
