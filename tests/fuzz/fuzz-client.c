/* SPDX-License-Identifier: ISC */
/*
 * A courier's whole connection, with as many messages under way as the gear allows, whatever the server
 * says: nothing counts as delivered without a positive reply that came after the whole message, no reply
 * delivers two, and everybody has an outcome.
 */
#include <string.h>

#include "fuzz.h"
#include "memory.h"
#include "wire/client.h"

#define MESSAGES   4
#define RECIPIENTS 2

/* Each message ends with a line of its own. */
static const char *const ends[MESSAGES] = { "end of one\r\n", "end of two\r\n",
	"end of three\r\n", "end of four\r\n" };

struct letter {
	const char *text, *end;
	size_t len, at;
	struct transaction transaction;
	struct outcome outcomes[RECIPIENTS];
	bool started;
};

struct scene {
	struct memory memory;
	struct client client;
	const char *message; /* an end follows it */
	size_t len;
	struct letter letters[MESSAGES];
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

void net_acknowledge(int fd)
{
	(void)fd;
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
	struct letter *l = context;
	bool tail = l->at >= l->len;
	const char *from = tail ? l->end + (l->at - l->len) : l->text + l->at;
	size_t left = (tail ? l->len + strlen(l->end) : l->len) - l->at;

	if (n > left)
		n = left;
	memcpy(to, from, n);
	l->at += n;
	return (ssize_t)n;
}

static void check_printable(const char *s)
{
	for (; *s; s++)
		REQUIRE(*s >= ' ' && *s <= '~');
}

/* How many lines of N octets at S may say that something went well. */
static size_t successes(const char *s, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += s[i] == '2' && (i == 0 || strchr("\n|", s[i - 1]));
	return count;
}

/* The message went out as a whole, and what was taken from the server then holds a success. */
static void check_delivered(const struct scene *scene, size_t number)
{
	const struct memory *m = &scene->memory;
	size_t sent_at = m->marks[number].at, delivered = 1;
	struct buf message = { 0 };

	REQUIRE(sent_at != SIZE_MAX);
	/* each of those that were delivered and sent later has a reply of its own behind this one's */
	for (size_t i = number + 1; i < MESSAGES; i++) {
		const struct letter *l = &scene->letters[i];

		delivered += l->started && l->outcomes[0].verdict == VERDICT_DELIVERED;
	}
	REQUIRE(successes(m->input + sent_at, m->at - sent_at) >= delivered);
	buf_add(&message, scene->message, scene->len);
	buf_adds(&message, ends[number]);
	for (size_t i = 0; i < message.len; i++) /* NUL is not the courier's concern */
		message.data[i] += message.data[i] == '\0';
	REQUIRE(fuzz_is_wire_form(message.data, message.len));
	buf_free(&message);
}

static void check_letter(const struct scene *scene, size_t number)
{
	const struct letter *l = &scene->letters[number];

	REQUIRE(l->transaction.done);
	for (size_t i = 0; i < RECIPIENTS; i++) {
		const struct outcome *o = &l->outcomes[i];

		REQUIRE(o->verdict != VERDICT_UNATTEMPTED || o->blame != BLAME_NOBODY ||
			*o->text);
		check_printable(o->text);
		check_printable(o->enhanced);
		if (o->verdict == VERDICT_DELIVERED)
			check_delivered(scene, number);
	}
}

static void start_letter(
	struct scene *scene, size_t number, const struct envelope_path *recipients)
{
	static const struct envelope_path sender = { (char *)"a@client.example",
		(char *)"RET=HDRS" };
	struct letter *l = &scene->letters[number];

	*l = (struct letter){ .text = scene->message,
		.end = ends[number],
		.len = scene->len,
		.started = true };
	l->transaction = (struct transaction){ .sender = &sender,
		.recipients = recipients,
		.count = RECIPIENTS,
		.size = scene->len + strlen(l->end),
		.read = read_message,
		.context = l,
		.outcomes = l->outcomes };
	memory_mark(&scene->memory, number, l->end);
	client_start(&scene->client, &l->transaction);
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
	for (size_t i = 0; i < MESSAGES && scene->client.usable; i++) {
		start_letter(scene, i, i == 2 ? odd : good);
		if (client_is_full(&scene->client))
			client_settle(&scene->client);
	}
	client_settle(&scene->client);
	REQUIRE(!scene->client.first);
	for (size_t i = 0; i < MESSAGES; i++) {
		if (scene->letters[i].started)
			check_letter(scene, i);
	}
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
		.window = MESSAGES,
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
