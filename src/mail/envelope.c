/* SPDX-License-Identifier: ISC */
#include "mail/envelope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/io.h"
#include "base/num.h"
#include "mail/address.h"
#include "mail/dsn.h"

#define MAGIC	    "mailchute 1\n"
#define SIZE_DIGITS 20

void envelope_format_size(uint64_t size, bool eight_bit, bool long_lines, struct buf *out)
{
	char digits[SIZE_DIGITS];

	for (int i = SIZE_DIGITS - 1; i >= 0; i--, size /= 10)
		digits[i] = (char)('0' + size % 10);
	buf_adds(out, "size ");
	buf_add(out, digits, sizeof(digits));
	buf_adds(out, eight_bit ? " 8bit" : " 7bit");
	buf_adds(out, long_lines ? " long\n" : " fits\n");
}

/* The word in front of an address, and the parameters that may stand behind it. */
static const struct {
	const char *word;
	bool (*valid)(const char *s, size_t n);
} kinds[] = {
	[ENVELOPE_SENDER] = { "sender", dsn_mail_valid },
	[ENVELOPE_RECIPIENT] = { "recipient", dsn_rcpt_valid },
};

void envelope_path_format(
	enum envelope_kind kind, const struct envelope_path *path, struct buf *out)
{
	buf_adds(out, kinds[kind].word);
	buf_adds(out, " <");
	buf_adds(out, path->address);
	buf_addc(out, '>');
	if (path->parameters) {
		buf_addc(out, ' ');
		buf_adds(out, path->parameters);
	}
	buf_addc(out, '\n');
}

void envelope_format(const struct envelope *envelope, struct buf *out)
{
	buf_adds(out, MAGIC);
	envelope_format_size(
		envelope->size, envelope->eight_bit, envelope->long_lines, out);
	envelope_path_format(ENVELOPE_SENDER, &envelope->sender, out);
	if (envelope->has_submitter)
		buf_addf(out, "submitter %u\n", (unsigned)envelope->submitter);
	for (size_t i = 0; i < envelope->count; i++)
		envelope_path_format(ENVELOPE_RECIPIENT, &envelope->recipients[i], out);
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

void envelope_path_clear(struct envelope_path *path)
{
	free(path->address);
	free(path->parameters);
	*path = (struct envelope_path){ 0 };
}

static bool is_address(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)s[i] < ' ' || s[i] == 127 || s[i] == '<')
			return false;
	}
	return true;
}

/* Finds the parts of a line "WORD <address> parameters". */
static int split_path(const char *line, size_t n, enum envelope_kind kind,
	const char **ret_address, const char **ret_close)
{
	const char *word = kinds[kind].word, *end = line + n, *address, *close;
	size_t skip = strlen(word);

	if (n < skip + 3 || memcmp(line, word, skip) != 0 || line[skip] != ' ' ||
		line[skip + 1] != '<')
		return -EBADMSG;
	address = line + skip + 2;
	close = memchr(address, '>', (size_t)(end - address));
	if (!close || !is_address(address, (size_t)(close - address)))
		return -EBADMSG;
	if (close + 1 < end && (close[1] != ' ' || !kinds[kind].valid(close + 2,
							   (size_t)(end - close - 2))))
		return -EBADMSG;
	*ret_address = address;
	*ret_close = close;
	return 0;
}

int envelope_path_parse(
	const char *line, size_t n, enum envelope_kind kind, struct envelope_path *ret)
{
	struct envelope_path path = { 0 };
	const char *address, *close;
	bool more;
	int r = split_path(line, n, kind, &address, &close);

	if (r < 0)
		return r;
	more = close + 1 < line + n;
	path.address = strndup(address, (size_t)(close - address));
	if (more)
		path.parameters = strndup(close + 2, (size_t)(line + n - close - 2));
	if (!path.address || (more && !path.parameters)) {
		envelope_path_clear(&path);
		return -ENOMEM;
	}
	*ret = path;
	return 0;
}

/* A path of a stranger: its address is no longer than those we queue. */
static int parse_path(
	const struct reader *r, enum envelope_kind kind, struct envelope_path *ret)
{
	struct envelope_path path;
	int result = envelope_path_parse(r->line, r->len, kind, &path);

	if (result == 0 && strlen(path.address) > ADDRESS_MAX) {
		envelope_path_clear(&path);
		result = -EBADMSG;
	}
	if (result == 0)
		*ret = path;
	return result;
}

static int parse_size(const struct reader *r, struct envelope *e)
{
	const char *bits = r->line + 5 + SIZE_DIGITS, *lines = bits + 5;

	if (r->len != 5 + SIZE_DIGITS + 10 || memcmp(r->line, "size ", 5) != 0)
		return -EBADMSG;
	if (memcmp(bits, " 7bit", 5) != 0 && memcmp(bits, " 8bit", 5) != 0)
		return -EBADMSG;
	if (memcmp(lines, " fits", 5) != 0 && memcmp(lines, " long", 5) != 0)
		return -EBADMSG;
	e->eight_bit = bits[1] == '8';
	e->long_lines = lines[1] == 'l';
	return num_parse(r->line + 5, SIZE_DIGITS, INT64_MAX, &e->size) < 0 ? -EBADMSG
									    : 0;
}

/* True if there is such a line, valid or not; 0 or -EBADMSG in *RESULT. */
static bool parse_submitter(const struct reader *r, struct envelope *e, int *result)
{
	static const char word[] = "submitter ";
	size_t n = strlen(word);
	uint64_t uid;

	if (r->len < n || memcmp(r->line, word, n) != 0)
		return false;
	if (e->has_submitter ||
		num_parse(r->line + n, r->len - n, UINT32_MAX, &uid) < 0) {
		*result = -EBADMSG;
		return true;
	}
	e->has_submitter = true;
	e->submitter = (uint32_t)uid;
	return true;
}

bool envelope_submitter(const char *s, size_t n, uint32_t *ret)
{
	struct reader r = { .at = s, .end = s + n };
	struct envelope e = { 0 };
	int result = 0;

	for (int lines = 0; lines < 4; lines++) {
		if (!next_line(&r))
			return false;
	}
	if (!parse_submitter(&r, &e, &result) || result < 0)
		return false;
	*ret = e.submitter;
	return true;
}

static int add_recipient(struct envelope *e, const struct reader *r)
{
	struct envelope_path path = { 0 }, *grown;
	int result = parse_path(r, ENVELOPE_RECIPIENT, &path);

	if (result < 0)
		return result;
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): parse_path() gave an address */
	if (e->count >= ENVELOPE_RECIPIENTS_MAX || !*path.address) {
		envelope_path_clear(&path);
		return -EBADMSG;
	}
	grown = array_room(e->recipients, e->count, sizeof(*grown));
	if (!grown) {
		envelope_path_clear(&path);
		return -ENOMEM;
	}
	e->recipients = grown;
	e->recipients[e->count++] = path;
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
	result = parse_path(r, ENVELOPE_SENDER, &e->sender);
	if (result < 0)
		return result;
	*reason = "the envelope has an invalid recipient";
	while (result == 0) {
		if (!next_line(r))
			return -EBADMSG;
		if (r->len == 0)
			break;
		if (e->count > 0 || !parse_submitter(r, e, &result))
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
		envelope_path_clear(&envelope->recipients[i]);
	free(envelope->recipients);
	envelope_path_clear(&envelope->sender);
	*envelope = (struct envelope){ 0 };
}
