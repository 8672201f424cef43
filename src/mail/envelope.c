/* SPDX-License-Identifier: ISC */
#include "mail/envelope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/num.h"
#include "mail/address.h"
#include "mail/dsn.h"

#define MAGIC	    "mailchute 1\n"
#define SIZE_DIGITS 20

static const char *const body_names[] = { "7bit fits", "7bit long", "8bit fits",
	"8bit long" };

const char *envelope_body_name(bool eight_bit, bool long_lines)
{
	return body_names[2 * eight_bit + long_lines];
}

bool envelope_body_parse(struct span words, bool *ret_eight_bit, bool *ret_long_lines)
{
	int found = span_find(words, body_names, 4);

	*ret_eight_bit = found >= 2;
	*ret_long_lines = found % 2 == 1;
	return found >= 0;
}

void envelope_format_size(uint64_t size, bool eight_bit, bool long_lines, struct buf *out)
{
	char digits[SIZE_DIGITS];

	for (int i = SIZE_DIGITS - 1; i >= 0; i--, size /= 10)
		digits[i] = (char)('0' + size % 10);
	buf_adds(out, "size ");
	buf_add(out, digits, sizeof(digits));
	buf_addc(out, ' ');
	buf_adds(out, envelope_body_name(eight_bit, long_lines));
	buf_addc(out, '\n');
}

/* What stands in front of an address, and the parameters that may stand behind it. */
static const struct {
	const char *word;
	bool (*valid)(const char *s, size_t n);
} kinds[] = {
	[ENVELOPE_SENDER] = { "sender <", dsn_mail_valid },
	[ENVELOPE_RECIPIENT] = { "recipient <", dsn_rcpt_valid },
};

void envelope_path_format(
	enum envelope_kind kind, const struct envelope_path *path, struct buf *out)
{
	buf_adds(out, kinds[kind].word);
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

void envelope_path_clear(struct envelope_path *path)
{
	free(path->address);
	free(path->parameters);
	*path = (struct envelope_path){ 0 };
}

static int path_make(
	struct span address, struct span parameters, struct envelope_path *ret)
{
	struct envelope_path path = { .address = strndup(address.at, address.len) };

	if (parameters.len)
		path.parameters = strndup(parameters.at, parameters.len);
	if (!path.address || (parameters.len && !path.parameters)) {
		envelope_path_clear(&path);
		return -ENOMEM;
	}
	*ret = path;
	return 0;
}

int envelope_path_copy(
	const char *address, const char *parameters, struct envelope_path *ret)
{
	return path_make(span_of(address), span_of(parameters ? parameters : ""), ret);
}

static bool is_address(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.at[i] < ' ' || s.at[i] == 127 || s.at[i] == '<')
			return false;
	}
	return true;
}

/* Finds the parts of a line "WORD <address> parameters". */
static bool split_path(struct span line, enum envelope_kind kind,
	struct span *ret_address, struct span *ret_parameters)
{
	if (!span_skip(&line, kinds[kind].word) || !span_until(&line, '>', ret_address) ||
		!is_address(*ret_address))
		return false;
	if (line.len > 0 &&
		(!span_skip(&line, " ") || !kinds[kind].valid(line.at, line.len)))
		return false;
	*ret_parameters = line;
	return true;
}

int envelope_path_parse(
	struct span line, enum envelope_kind kind, struct envelope_path *ret)
{
	struct span address, parameters;

	return split_path(line, kind, &address, &parameters)
		       ? path_make(address, parameters, ret)
		       : -EBADMSG;
}

/* A path of a stranger: its address is no longer than those we queue. */
static int parse_path(
	struct span line, enum envelope_kind kind, struct envelope_path *ret)
{
	struct envelope_path path;
	int r = envelope_path_parse(line, kind, &path);

	if (r < 0)
		return r;
	if (strlen(path.address) > ADDRESS_MAX) {
		envelope_path_clear(&path);
		return -EBADMSG;
	}
	*ret = path;
	return 0;
}

static bool parse_size(struct span line, struct envelope *e)
{
	size_t n = line.len;

	return span_skip(&line, "size ") &&
	       span_number(&line, ' ', INT64_MAX, &e->size) &&
	       n - line.len == strlen("size ") + SIZE_DIGITS + 1 &&
	       envelope_body_parse(line, &e->eight_bit, &e->long_lines);
}

/* 1, or 0 if it is another line; -EBADMSG. */
static int parse_submitter(struct span line, uint32_t *ret)
{
	uint64_t uid;

	if (!span_skip(&line, "submitter "))
		return 0;
	if (num_parse(line.at, line.len, UINT32_MAX, &uid) < 0)
		return -EBADMSG;
	*ret = (uint32_t)uid;
	return 1;
}

bool envelope_submitter(const char *s, size_t n, uint32_t *ret)
{
	struct span rest = { s, n }, line;

	for (int lines = 0; lines < 4; lines++) {
		if (!span_until(&rest, '\n', &line))
			return false;
	}
	return parse_submitter(line, ret) == 1;
}

int envelope_add(struct envelope *e, struct envelope_path path)
{
	struct envelope_path *grown = array_room(e->recipients, e->count, sizeof(*grown));

	if (!grown) {
		envelope_path_clear(&path);
		return -ENOMEM;
	}
	e->recipients = grown;
	grown[e->count++] = path;
	return 0;
}

static int add_recipient(struct envelope *e, struct span line)
{
	struct envelope_path path = { 0 };
	int r = parse_path(line, ENVELOPE_RECIPIENT, &path);

	if (r < 0)
		return r;
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): parse_path() gave an address */
	if (e->count >= ENVELOPE_RECIPIENTS_MAX || !*path.address) {
		envelope_path_clear(&path);
		return -EBADMSG;
	}
	return envelope_add(e, path);
}

/* A line behind that of the sender. 0 or -errno. */
static int parse_more(struct envelope *e, struct span line)
{
	int r = e->count || e->has_submitter ? 0 : parse_submitter(line, &e->submitter);

	e->has_submitter |= r == 1;
	return r ? (r < 0 ? r : 0) : add_recipient(e, line);
}

/* All of it, which is taken off the front of *S. */
static int parse_lines(struct span *s, struct envelope *e, const char **reason)
{
	struct span line;
	int r;

	*reason = "it does not start as a mailchute message";
	if (!span_skip(s, MAGIC))
		return -EBADMSG;
	*reason = "the envelope has no valid size";
	if (!span_until(s, '\n', &line) || !parse_size(line, e))
		return -EBADMSG;
	*reason = "the envelope has no valid sender";
	if (!span_until(s, '\n', &line))
		return -EBADMSG;
	r = parse_path(line, ENVELOPE_SENDER, &e->sender);
	if (r < 0)
		return r;
	*reason = "the envelope has an invalid recipient";
	while (r == 0 && !span_skip(s, "\n"))
		r = span_until(s, '\n', &line) ? parse_more(e, line) : -EBADMSG;
	if (r == 0 && e->count == 0) {
		*reason = "the envelope has no recipient";
		r = -EBADMSG;
	}
	return r;
}

int envelope_parse(const char *s, size_t n, off_t file_size, struct envelope *ret,
	const char **reason)
{
	struct span rest = { s, n };
	struct envelope e = { 0 };
	int r = parse_lines(&rest, &e, reason);

	e.offset = (off_t)(n - rest.len);
	if (r == 0 && e.size != (uint64_t)(file_size - e.offset)) {
		*reason = "the message is not as long as its envelope says";
		r = -EBADMSG;
	}
	if (r < 0)
		envelope_clear(&e);
	else
		*ret = e;
	return r;
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
	CLEANUP(buf_free) struct buf head = { 0 };
	size_t piece = 4096;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	do {
		char *to = buf_reserve(&head, piece);
		ssize_t got =
			to ? io_pread_full(fd, to, piece, (off_t)head.len) : -ENOMEM;

		if (got < 0)
			return (int)got;
		head.len += (size_t)got;
		if ((size_t)got < piece)
			break;
		piece = head.len; /* doubles what is there, so the search stays linear */
	} while (may_go_on(&head));
	return envelope_parse(head.data, head.len, st.st_size, ret, reason);
}

void envelope_clear(struct envelope *envelope)
{
	for (size_t i = 0; i < envelope->count; i++)
		envelope_path_clear(&envelope->recipients[i]);
	free(envelope->recipients);
	envelope_path_clear(&envelope->sender);
	*envelope = (struct envelope){ 0 };
}
