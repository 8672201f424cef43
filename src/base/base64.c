/* SPDX-License-Identifier: ISC */
#include "base/base64.h"

#include <errno.h>
#include <stdint.h>

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters, the last PADDING of which are '='. */
static int decode_group(const char *s, unsigned padding, struct buf *out)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < 4; i++) {
		int value = i < 4 - padding ? digit(s[i]) : 0;

		if (value < 0)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)value;
	}
	if (bits & ((1u << 8 * padding) - 1))
		return -EINVAL;
	for (unsigned i = 0; i < 3 - padding; i++)
		buf_addc(out, (char)(bits >> (16 - 8 * i) & 0xff));
	return 0;
}

int base64_decode(const char *s, size_t n, struct buf *out)
{
	if (n % 4)
		return -EINVAL;
	for (size_t i = 0; i < n; i += 4) {
		bool last = i + 4 == n;
		unsigned padding = !last || s[i + 3] != '=' ? 0 : s[i + 2] != '=' ? 1 : 2;
		int r = decode_group(s + i, padding, out);

		if (r < 0)
			return r;
	}
	return buf_failed(out) ? -ENOMEM : 0;
}

void base64_encode(const void *bytes, size_t n, struct buf *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *s = bytes;

	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t bits = (uint32_t)s[i] << 16;

		bits |= left > 1 ? (uint32_t)s[i + 1] << 8 : 0;
		bits |= left > 2 ? s[i + 2] : 0;
		buf_addc(out, digits[bits >> 18]);
		buf_addc(out, digits[bits >> 12 & 63]);
		buf_addc(out, left > 1 ? digits[bits >> 6 & 63] : '=');
		buf_addc(out, left > 2 ? digits[bits & 63] : '=');
	}
}

void base64url_encode(const void *bytes, size_t n, struct buf *out)
{
	size_t start = out->len;

	base64_encode(bytes, n, out);
	while (!buf_failed(out) && out->len > start && out->data[out->len - 1] == '=')
		out->len--;
	for (size_t i = start; !buf_failed(out) && i < out->len; i++) {
		char *c = &out->data[i];

		*c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
	}
}
