/* SPDX-License-Identifier: ISC */
#include "courier/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/text.h"
#include "courier/address_field.h"
#include "courier/charset.h"
#include "courier/rewrite.h"
#include "mail/header.h"

#define FIRST_READ 8192 /* holds most header sections */
#define BLOCK_SIZE 16384

/* Appends up to N octets more of the message to *OUT. Octets added or -errno. */
static ssize_t read_more(const struct job *job, int fd, size_t n, struct buf *out)
{
	uint64_t left = job->size - out->len;
	ssize_t got;

	if (n > left)
		n = (size_t)left;
	if (!buf_reserve(out, n + 1))
		return -ENOMEM;
	got = io_pread_full(fd, out->data + out->len, n, job->offset + (off_t)out->len);
	if (got > 0)
		out->len += (size_t)got;
	return got;
}

/* Reads as much into *START as it takes to have the whole header section, *RET_SECTION octets. */
static int read_section(
	const struct job *job, int fd, struct buf *start, size_t *ret_section)
{
	ssize_t got = read_more(job, fd, FIRST_READ, start);

	while (got >= 0) {
		bool whole = got == 0 || start->len == job->size;

		if (rewrite_section(start->data, start->len, whole, ret_section))
			return *ret_section > HEADER_MAX ? -EFBIG : 0;
		if (start->len > HEADER_MAX)
			return -EFBIG;
		got = read_more(job, fd, start->len, start);
	}
	return (int)got;
}

/* Takes up to N octets of B from *AT on. */
static ssize_t take(const struct buf *b, size_t *at, void *to, size_t n)
{
	size_t left = b->len - *at;

	if (n > left)
		n = left;
	memcpy(to, b->data + *at, n);
	*at += n;
	return (ssize_t)n;
}

/* What is read next of the message in the file, with its new head. Octets, 0 at the end, -errno. */
static ssize_t read_plain(struct message *m, void *to, size_t n)
{
	ssize_t got;

	if (m->head_at < m->head.len)
		return take(&m->head, &m->head_at, to, n);
	if (n > m->left)
		n = (size_t)m->left;
	got = io_pread_full(m->fd, to, n, m->body + (off_t)(m->body_size - m->left));
	if (got > 0)
		m->left -= (uint64_t)got;
	return got;
}

static void rewind_message(struct message *m)
{
	m->head_at = 0;
	m->left = m->body_size;
}

/*
 * Takes a block from the file to *OUT. Octets that were taken, 0 at the end of the message, -ESTALE
 * if it is none that can be encoded, or another -errno.
 */
static ssize_t encode_block(struct message *m, struct buf *out)
{
	char block[BLOCK_SIZE];
	ssize_t got = read_plain(m, block, sizeof(block));
	bool good = got > 0 ? reencode_add(m->reencode, block, (size_t)got, out)
			    : m->left == 0 && reencode_end(m->reencode, out);

	if (got < 0)
		return got;
	if (buf_failed(out))
		return -ENOMEM;
	return good ? got : -ESTALE;
}

/* One pass over the message, for the plan or to count what goes out in *RET_SIZE. 0 or -errno. */
static int make_pass(struct message *m, uint64_t *ret_size)
{
	CLEANUP(buf_free) struct buf out = { 0 };
	uint64_t size = 0;
	ssize_t got;

	rewind_message(m);
	do {
		buf_clear(&out);
		got = encode_block(m, &out);
		size += out.len;
	} while (got > 0);
	if (got == 0)
		*ret_size = size;
	return (int)got;
}

/*
 * Finds out what has to be encoded, and how long the message is then. One that is not in wire form
 * or not whole goes as it is, as far as it gets: the client refuses it and has the words for it.
 */
static int prepare(struct message *m, const char *id, bool seven_bit)
{
	uint64_t ignored;
	int r;

	m->reencode = malloc(sizeof(*m->reencode));
	if (!m->reencode)
		return -ENOMEM;
	reencode_plan(m->reencode, seven_bit);
	r = make_pass(m, &ignored);
	if (r == 0 && m->reencode->kept)
		log_warning("%s: a line of more than %d octets%s cannot be encoded: %s",
			id, WIREFORM_LINE_MAX, seven_bit ? ", or beyond ASCII," : "",
			m->reencode->kept);
	if (r == 0 && m->reencode->needed) {
		reencode_apply(m->reencode);
		r = make_pass(m, &m->size);
		reencode_apply(m->reencode);
	} else {
		free(steal_pointer(&m->reencode));
	}
	rewind_message(m);
	return r == -ESTALE && !m->reencode ? 0 : r;
}

/* True if an address of the envelope or of the header can be written in no other way. */
static bool needs_utf8(const struct job *job, const struct rewrite_survey *survey)
{
	bool needed = survey->needs_utf8 || address_needs_utf8(job->sender.address);

	for (size_t i = 0; i < job->count; i++)
		needed |= address_needs_utf8(job->recipients[i].address);
	return needed;
}

/* Writes the new header for the section of N octets at SECTION. 0 or -errno. */
static int write_head(const struct job *job, const struct message_rules *rules,
	const char *section, size_t n, struct message *m)
{
	struct rewrite how = { .job = job, .conf = rules->conf, .user = rules->user };
	struct rewrite_survey survey;
	const char *too_long;
	char name[64];
	int r = 0;

	rewrite_look(section, n, &survey);
	if (survey.hops > HEADER_HOPS_MAX)
		return -ELOOP;
	m->utf8 = how.utf8 = rules->smtputf8 && needs_utf8(job, &survey);
	if (job->eight_bit && !survey.mime)
		r = charset_guess(job, m->fd, n, &how.charset);
	if (r < 0)
		return r;
	too_long = rewrite_header(&how, &survey, section, n, &m->head);
	if (too_long) {
		text_printable(name, sizeof(name), too_long, strcspn(too_long, " \t:"));
		log_warning("%s: %s has a line of more than %d octets that cannot be "
			    "folded",
			job->id, name, WIREFORM_LINE_MAX);
	}
	return 0;
}

static int read_head(const struct job *job, int fd, const struct message_rules *rules,
	struct message *m)
{
	CLEANUP(buf_free) struct buf start = { 0 };
	size_t section;
	int r = read_section(job, fd, &start, &section);

	m->fd = fd;
	if (r == 0)
		r = write_head(job, rules, start.data, section, m);
	if (r < 0)
		return r;
	/*
	 * The empty line is ours, and not read again: the file is its submitter's, who might make
	 * it a field that no rule has seen. A body that starts without one gets it.
	 */
	if (section < job->size)
		buf_adds(&m->head, "\r\n");
	if (start.len - section >= 2 && memcmp(start.data + section, "\r\n", 2) == 0)
		section += 2;
	m->body = job->offset + (off_t)section;
	m->left = m->body_size = job->size - section;
	m->size = m->head.len + m->body_size;
	return buf_failed(&m->head) ? -ENOMEM : 0;
}

int message_open(const struct job *job, int fd, const struct message_rules *rules,
	struct message *ret)
{
	struct message m = { 0 };
	bool seven_bit = rules->seven_bit && job->eight_bit;
	int r = read_head(job, fd, rules, &m);

	if (r == 0 && (job->long_lines || seven_bit))
		r = prepare(&m, job->id, seven_bit);
	if (r < 0)
		message_close(&m);
	else
		*ret = m;
	return r;
}

/*
 * Encodes a piece. 0, or -errno: with the last piece it must come out that all of the message was
 * encoded, and is as long as was promised.
 */
static int encode_more(struct message *m)
{
	ssize_t got;

	buf_clear(&m->encoded);
	m->encoded_at = 0;
	do {
		size_t before = m->encoded.len;

		got = encode_block(m, &m->encoded);
		if (got < 0)
			return (int)got;
		m->encoded_total += m->encoded.len - before;
	} while (got > 0 && (m->encoded.len == 0 || m->encoded_total == m->size));
	return m->encoded_total > m->size || (got == 0 && m->encoded_total < m->size)
		       ? -ESTALE
		       : 0;
}

static ssize_t read_encoded(struct message *m, void *to, size_t n)
{
	int r = m->encoded_at == m->encoded.len ? encode_more(m) : 0;

	return r < 0 ? r : take(&m->encoded, &m->encoded_at, to, n);
}

ssize_t message_read(void *context, void *to, size_t n)
{
	struct message *m = context;

	return m->reencode ? read_encoded(m, to, n) : read_plain(m, to, n);
}

void message_close(struct message *message)
{
	buf_free(&message->head);
	buf_free(&message->encoded);
	free(message->reencode);
}
