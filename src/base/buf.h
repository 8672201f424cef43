/* SPDX-License-Identifier: ISC */
/*
 * A growable run of bytes. Starts zeroed (struct buf b = { 0 }), ends with buf_free().
 * Running out of memory is sticky: later additions do nothing and buf_failed() says so, so a
 * writer checks once, at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* not terminated, unless buf_cstr() was asked for */
	size_t len;
	size_t cap;
	bool failed;
};

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *b, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* Makes room for N bytes and returns where they go (buf->len is the caller's to raise), or NULL. */
char *buf_reserve(struct buf *b, size_t n);

/* Drops the first N bytes (N <= len). */
void buf_consume(struct buf *b, size_t n);

/* The contents as a string, owned by the buffer, valid until it changes; NULL if it failed. */
const char *buf_cstr(struct buf *b);

/* The contents as a string that the caller frees; the buffer is empty afterwards. NULL if it
 * failed. */
char *buf_steal(struct buf *b);

static inline bool buf_failed(const struct buf *b)
{
	return b->failed;
}

static inline void buf_clear(struct buf *b)
{
	b->len = 0;
}

void buf_free(struct buf *b);

/* For secrets: overwrites what the buffer holds or held, and empties or frees it. */
void buf_erase(struct buf *b);
void buf_wipe(struct buf *b);

#endif
