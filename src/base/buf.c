/* SPDX-License-Identifier: ISC */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *buf_reserve(struct buf *b, size_t n)
{
	size_t need, cap;
	char *data;

	if (b->failed || __builtin_add_overflow(b->len, n, &need)) {
		b->failed = true;
		return NULL;
	}
	if (need > b->cap) {
		cap = b->cap ? b->cap : 64;
		while (cap < need && cap <= (size_t)-1 / 2)
			cap *= 2;
		data = cap < need ? NULL : realloc(b->data, cap);
		if (!data) {
			b->failed = true;
			return NULL;
		}
		b->data = data;
		b->cap = cap;
	}
	return b->data ? b->data + b->len : NULL;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
	char *to = n ? buf_reserve(b, n) : NULL;

	if (!to)
		return;
	memcpy(to, bytes, n);
	b->len += n;
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_vaddf(struct buf *b, const char *format, va_list ap)
{
	va_list again;
	char *to;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0) {
		b->failed = true;
		return;
	}
	to = buf_reserve(b, (size_t)n + 1);
	if (!to)
		return;
	vsnprintf(to, (size_t)n + 1, format, ap);
	b->len += (size_t)n;
}

void buf_addf(struct buf *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	buf_vaddf(b, format, ap);
	va_end(ap);
}

void buf_consume(struct buf *b, size_t n)
{
	b->len -= n;
	if (b->len && n)
		memmove(b->data, b->data + n, b->len);
}

const char *buf_cstr(struct buf *b)
{
	char *end = buf_reserve(b, 1);

	if (!end)
		return NULL;
	*end = '\0';
	return b->data;
}

char *buf_steal(struct buf *b)
{
	char *s = (char *)buf_cstr(b);

	if (s)
		*b = (struct buf){ 0 };
	return s;
}

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

void buf_erase(struct buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->cap);
	b->len = 0;
}

void buf_wipe(struct buf *b)
{
	buf_erase(b);
	buf_free(b);
}
