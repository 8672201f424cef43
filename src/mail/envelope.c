/* SPDX-License-Identifier: ISC */
#include "mail/envelope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/num.h"
#include "mail/address.h"

#define MAGIC	    "mailchute 1\n"
#define SIZE_DIGITS 20

void envelope_format_size(uint64_t size, bool eight_bit, struct buf *out)
{
	char digits[SIZE_DIGITS];

	for (int i = SIZE_DIGITS - 1; i >= 0; i--, size /= 10)
		digits[i] = (char)('0' + size % 10);
	buf_adds(out, "size ");
	buf_add(out, digits, sizeof(digits));
	buf_adds(out, eight_bit ? " 8bit\n" : " 7bit\n");
}

static void format_path(const char *word, const char *address, struct buf *out)
{
	buf_adds(out, word);
	buf_adds(out, " <");
	buf_adds(out, address);
	buf_adds(out, ">\n");
}

void envelope_format(const struct envelope *envelope, struct buf *out)
{
	buf_adds(out, MAGIC);
	envelope_format_size(envelope->size, envelope->eight_bit, out);
	format_path("sender", envelope->sender, out);
	for (size_t i = 0; i < envelope->count; i++)
		format_path("recipient", envelope->recipients[i], out);
	buf_addc(out, '\n');
}

struct reader {
	const char *at;
	const char *end;
	const char *line; /* the line that was taken last, without its LF */
	size_t len;
};

static bool next_line(struct reader *r)
{
	const char *lf = memchr(r->at, '\n', (size_t)(r->end - r->at));

	if (!lf)
		return false;
	r->line = r->at;
	r->len = (size_t)(lf - r->at);
	r->at = lf + 1;
	return true;
}

/* A line "WORD <address>": 0 and a copy of the address, -EBADMSG, or -ENOMEM. */
static int parse_path(const struct reader *r, const char *word, char **ret)
{
	size_t n = strlen(word);
	const char *address = r->line + n + 2;
	size_t len;
	char *copy;

	if (r->len < n + 3 || memcmp(r->line, word, n) != 0 || r->line[n] != ' ' ||
		r->line[n + 1] != '<' || r->line[r->len - 1] != '>')
		return -EBADMSG;
	len = r->len - n - 3;
	if (len > ADDRESS_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)address[i] < ' ' || address[i] == 127 ||
			address[i] == '<' || address[i] == '>')
			return -EBADMSG;
	}
	copy = strndup(address, len);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

static int parse_size(const struct reader *r, struct envelope *e)
{
	const char *bits = r->line + 5 + SIZE_DIGITS;

	if (r->len != 5 + SIZE_DIGITS + 5 || memcmp(r->line, "size ", 5) != 0)
		return -EBADMSG;
	if (memcmp(bits, " 7bit", 5) != 0 && memcmp(bits, " 8bit", 5) != 0)
		return -EBADMSG;
	e->eight_bit = bits[1] == '8';
	return num_parse(r->line + 5, SIZE_DIGITS, INT64_MAX, &e->size) < 0 ? -EBADMSG
									    : 0;
}

static int add_recipient(struct envelope *e, const struct reader *r)
{
	char *address;
	char **grown;
	int result = parse_path(r, "recipient", &address);

	if (result < 0)
		return result;
	if (e->count >= ENVELOPE_RECIPIENTS_MAX || !*address) {
		free(address);
		return -EBADMSG;
	}
	grown = e->recipients;
	if ((e->count & (e->count - 1)) == 0) /* grow at powers of two */
		grown = reallocarray(
			e->recipients, e->count ? 2 * e->count : 1, sizeof(char *));
	if (!grown) {
		free(address);
		return -ENOMEM;
	}
	e->recipients = grown;
	e->recipients[e->count++] = address;
	return 0;
}

static int parse_lines(struct reader *r, struct envelope *e, const char **reason)
{
	int result;

	*reason = "it does not start as a mailchute message";
	if (!next_line(r) || r->len + 1 != strlen(MAGIC) ||
		memcmp(r->line, MAGIC, r->len) != 0)
		return -EBADMSG;
	*reason = "the envelope has no valid size";
	if (!next_line(r) || parse_size(r, e) < 0)
		return -EBADMSG;
	*reason = "the envelope has no valid sender";
	if (!next_line(r))
		return -EBADMSG;
	result = parse_path(r, "sender", &e->sender);
	*reason = "the envelope has an invalid recipient";
	while (result == 0) {
		if (!next_line(r))
			return -EBADMSG;
		if (r->len == 0)
			break;
		result = add_recipient(e, r);
	}
	return result;
}

int envelope_parse(const char *s, size_t n, off_t file_size, struct envelope *ret,
	const char **reason)
{
	struct reader r = { .at = s, .end = s + n };
	struct envelope e = { 0 };
	int result = parse_lines(&r, &e, reason);

	if (result == 0 && e.count == 0) {
		*reason = "the envelope has no recipient";
		result = -EBADMSG;
	}
	e.offset = r.at - s;
	if (result == 0 && e.size != (uint64_t)(file_size - e.offset)) {
		*reason = "the message is not as long as its envelope says";
		result = -EBADMSG;
	}
	if (result < 0) {
		envelope_clear(&e);
		return result;
	}
	*ret = e;
	return 0;
}

/* True if the empty line that ends the envelope is in B. */
static bool has_end(const struct buf *b)
{
	return memmem(b->data, b->len, "\n\n", 2) != NULL;
}

/* True if what is there is the start of an envelope that is not complete. */
static bool may_go_on(const struct buf *b)
{
	return !has_end(b) && b->len < ENVELOPE_MAX &&
	       memcmp(b->data, MAGIC, strlen(MAGIC)) == 0 &&
	       !memchr(b->data, '\0', b->len);
}

int envelope_read(int fd, struct envelope *ret, const char **reason)
{
	struct buf head = { 0 };
	size_t piece = 4096;
	struct stat st;
	int result = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	do {
		char *to = buf_reserve(&head, piece);
		ssize_t got =
			to ? io_pread_full(fd, to, piece, (off_t)head.len) : -ENOMEM;

		if (got < 0) {
			buf_free(&head);
			return (int)got;
		}
		head.len += (size_t)got;
		if ((size_t)got < piece)
			break;
		piece = head.len; /* doubles what is there, so the search stays linear */
	} while (may_go_on(&head));
	result = envelope_parse(head.data, head.len, st.st_size, ret, reason);
	buf_free(&head);
	return result;
}

void envelope_clear(struct envelope *envelope)
{
	for (size_t i = 0; i < envelope->count; i++)
		free(envelope->recipients[i]);
	free(envelope->recipients);
	free(envelope->sender);
	*envelope = (struct envelope){ 0 };
}
