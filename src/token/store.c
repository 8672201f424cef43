/* SPDX-License-Identifier: ISC */
#include "token/store.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/defaults.h"
#include "base/io.h"
#include "base/num.h"
#include "base/text.h"

#define FILE_MAX    32768
#define SLICE_NS    50000000 /* how often one looks if the lock is free */
#define SHA256_SIZE 32

const char *store_path(void)
{
	const char *path = getenv("STATE_DIRECTORY");

	return path && *path ? path : DEFAULT_STATE;
}

/* In hex, so that the file does not tell the secret. */
static int make_origin(
	const struct conf *conf, const char *secret, char origin[STORE_ORIGIN_MAX])
{
	const char *const parts[] = { secret, conf->user, conf->oauth_client_id,
		conf->oauth_token_url, conf->oauth_scope };
	unsigned char hash[SHA256_SIZE];
	gnutls_hash_hd_t digest;

	if (gnutls_hash_init(&digest, GNUTLS_DIG_SHA256) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		gnutls_hash(digest, parts[i], strlen(parts[i]) + 1);
	gnutls_hash_deinit(digest, hash);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(origin + 2 * i, 3, "%02x", hash[i]);
	return 0;
}

static int take_lock(struct store *store, int64_t ms)
{
	const struct timespec slice = { .tv_nsec = SLICE_NS };
	int64_t deadline_ms = clock_mono_ms() + ms;
	char name[sizeof(store->name) + 8];

	snprintf(name, sizeof(name), "%s.lock", store->name);
	store->lock = openat(store->dir, name,
		O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (store->lock < 0)
		return -errno;
	while (flock(store->lock, LOCK_EX | LOCK_NB) < 0) {
		if (clock_mono_ms() >= deadline_ms)
			return -ETIMEDOUT;
		nanosleep(&slice, NULL);
	}
	return 0;
}

static char *copy_line(const char *at, size_t n)
{
	return n ? strndup(at, n) : NULL;
}

/* Lines "origin HEX", "expires MS", "access TOKEN", "refresh TOKEN". */
static void take_text(struct store *store, const char *at)
{
	bool ours = false;

	while (*at) {
		size_t n = strcspn(at, "\n"), word = strcspn(at, " \n");
		const char *value = at + word + (at[word] == ' ');
		size_t left = n - (size_t)(value - at);
		uint64_t number;

		if (strncmp(at, "origin ", 7) == 0)
			ours = left == strlen(store->origin) &&
			       memcmp(value, store->origin, left) == 0;
		else if (!ours)
			return;
		else if (strncmp(at, "expires ", 8) == 0 &&
			 num_parse(value, left, INT64_MAX, &number) == 0)
			store->expires_ms = (int64_t)number;
		else if (strncmp(at, "access ", 7) == 0 && !store->access)
			store->access = copy_line(value, left);
		else if (strncmp(at, "refresh ", 8) == 0 && !store->refresh)
			store->refresh = copy_line(value, left);
		at += n + (at[n] == '\n');
	}
}

int store_open(const struct conf *conf, const char *secret, int64_t ms, struct store *ret)
{
	struct store store = { .dir = -1, .lock = -1 };
	struct buf text = { 0 };
	int r = make_origin(conf, secret, store.origin);

	snprintf(store.name, sizeof(store.name), "oauth-%s", conf->name);
	store.dir = open(store_path(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0 && store.dir >= 0)
		r = take_lock(&store, ms);
	if (r < 0 && r != -ETIMEDOUT &&
		r != -ENOMEM) { /* not ours to write: as if it were not there */
		close(steal_fd(&store.dir));
		r = 0;
	}
	if (r == 0 && store.dir >= 0 &&
		io_read_file(store.dir, store.name, FILE_MAX, &text) == 0 &&
		buf_cstr(&text))
		take_text(&store, text.data);
	if (text.data)
		explicit_bzero(text.data, text.cap);
	buf_free(&text);
	if (r < 0)
		store_close(&store);
	else
		*ret = store;
	return r;
}

int store_save(struct store *store)
{
	struct buf text = { 0 };
	int r;

	buf_addf(&text, "origin %s\n", store->origin);
	if (store->access)
		buf_addf(&text, "expires %" PRId64 "\naccess %s\n", store->expires_ms,
			store->access);
	if (store->refresh)
		buf_addf(&text, "refresh %s\n", store->refresh);
	r = buf_failed(&text) ? -ENOMEM
	    : store->dir < 0
		    ? -ENOENT
		    : io_replace_file(store->dir, store->name, text.data, text.len);
	if (text.data)
		explicit_bzero(text.data, text.cap);
	buf_free(&text);
	return r;
}

void store_close(struct store *store)
{
	text_wipe(store->access);
	text_wipe(store->refresh);
	if (store->lock >= 0)
		close(store->lock);
	if (store->dir >= 0)
		close(store->dir);
	*store = (struct store){ .dir = -1, .lock = -1 };
}
