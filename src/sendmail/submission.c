/* SPDX-License-Identifier: ISC */
#include "sendmail/submission.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/io.h"
#include "mail/envelope.h"
#include "mail/header.h"
#include "sendmail/fixup.h"
#include "sendmail/section.h"

static int fail_spool(struct submission *s, const char *what, int error)
{
	return trouble_spool(&s->trouble, what, s->drop.spool, error);
}

static int compare_mailboxes(const void *a, const void *b)
{
	const struct mailbox *left = a, *right = b;

	return strcmp(left->address, right->address);
}

/* The union of two lists without duplicates, in the order of their addresses when there are many:
 * pointers into both. */
static struct envelope_path *merge_recipients(
	const struct address_list *a, const struct address_list *b, size_t *ret_count)
{
	size_t total = a->count + b->count, kept = 0;
	struct mailbox *all = calloc(total + 1, sizeof(*all));
	struct envelope_path *merged = calloc(total + 1, sizeof(*merged));

	if (all && merged) {
		if (a->count)
			memcpy(all, a->items, a->count * sizeof(*all));
		if (b->count)
			memcpy(all + a->count, b->items, b->count * sizeof(*all));
		if (total > 1)
			qsort(all, total, sizeof(*all), compare_mailboxes);
		for (size_t i = 0; i < total; i++) {
			if (kept == 0 ||
				!address_equal(merged[kept - 1].address, all[i].address))
				merged[kept++].address = all[i].address;
		}
		*ret_count = kept;
	} else {
		free(merged);
		merged = NULL;
	}
	free(all);
	return merged;
}

static int write_out(struct submission *s, const struct buf *piece)
{
	int r = io_write_all(s->drop.fd, piece->data, piece->len);

	return r < 0 ? fail_spool(s, "cannot write to", r) : EX_OK;
}

static const char *parameters(struct buf *b)
{
	return b->len ? buf_cstr(b) : NULL;
}

/* Envelope and header section in one write. */
static int write_head(struct submission *s, const struct buf *section,
	struct envelope_path *recipients, size_t count)
{
	struct envelope envelope = { .sender = { s->sender.data,
					     (char *)parameters(&s->sender_parameters) },
		.recipients = recipients,
		.count = count };
	struct buf head = { 0 };
	int status;

	for (size_t i = 0; i < count; i++)
		recipients[i].parameters = (char *)parameters(&s->recipient_parameters);
	if (count == 0)
		return trouble_set(
			&s->trouble, EX_USAGE, "no recipients in To, Cc or Bcc");
	if (count > ENVELOPE_RECIPIENTS_MAX)
		return trouble_set(&s->trouble, EX_DATAERR,
			"%zu recipients are more than %d", count,
			ENVELOPE_RECIPIENTS_MAX);
	envelope_format(&envelope, &head);
	s->offset = (off_t)head.len;
	s->written = section->len;
	buf_add(&head, section->data, section->len);
	if (s->offset > ENVELOPE_MAX)
		status = trouble_set(
			&s->trouble, EX_DATAERR, "the list of recipients is too long");
	else
		status = buf_failed(&head) ? trouble_memory(&s->trouble)
					   : write_out(s, &head);
	buf_free(&head);
	return status;
}

/* The header section is complete: now it is known to whom the message goes. */
static int finish_head(struct submission *s)
{
	struct fixup fixup = { .collect = s->from_header,
		.full_name = buf_cstr(&s->full_name),
		.sender = buf_cstr(&s->sender) };
	struct buf section = { 0 };
	struct envelope_path *recipients = NULL;
	size_t count = 0;
	int status, r = -ENOMEM;

	if (fixup.sender && fixup.full_name)
		r = fixup_header(&fixup, &s->header, &section);
	if (r == -EINVAL) {
		status = trouble_set(&s->trouble, EX_DATAERR,
			"the field %s is not a list of addresses; the message was not "
			"queued",
			fixup.bad_field);
	} else {
		if (r == 0)
			recipients = merge_recipients(
				&s->recipients, &fixup.recipients, &count);
		status = recipients ? write_head(s, &section, recipients, count)
				    : trouble_memory(&s->trouble);
	}
	free(recipients);
	fixup_free(&fixup);
	buf_free(&section);
	buf_free(&s->header);
	s->head_written = status == EX_OK;
	return status;
}

/* Writes what is pending, as far as it is known where it belongs. */
static int write_pending(struct submission *s, bool at_end)
{
	int status = EX_OK;

	if (buf_failed(&s->pending))
		return trouble_memory(&s->trouble);
	if (!s->head_written) {
		bool complete = section_take(&s->pending, &s->header) || at_end;

		if (s->header.len + s->pending.len > HEADER_MAX && !complete)
			return trouble_set(&s->trouble, EX_DATAERR,
				"the header section is too long; the message was not "
				"queued");
		if (buf_failed(&s->header))
			return trouble_memory(&s->trouble);
		if (!complete)
			return EX_OK;
		status = finish_head(s);
	}
	if (status == EX_OK && s->pending.len) {
		status = write_out(s, &s->pending);
		s->written += s->pending.len;
		buf_clear(&s->pending);
	}
	return status;
}

/* Now that it is known how long the message is, the envelope says so. */
static int write_size(struct submission *s)
{
	struct buf line = { 0 };
	ssize_t n;

	envelope_format_size(s->written, s->wire.eight_bit, s->wire.long_lines, &line);
	if (buf_failed(&line))
		return trouble_memory(&s->trouble);
	n = pwrite(s->drop.fd, line.data, line.len, ENVELOPE_SIZE_OFFSET);
	n = n == (ssize_t)line.len ? 0 : n < 0 ? -errno : -EIO;
	buf_free(&line);
	return n < 0 ? fail_spool(s, "cannot write to", (int)n) : EX_OK;
}

int submission_open(struct submission *s)
{
	int r = drop_open(&s->drop, spool_path());

	return r < 0 ? fail_spool(s, "cannot create a file in", r) : EX_OK;
}

int submission_write(struct submission *s, const char *bytes, size_t n)
{
	wireform_add(&s->wire, bytes, n, &s->pending);
	return write_pending(s, false);
}

int submission_commit(struct submission *s)
{
	enum drop_step step;
	int status, r;

	wireform_end(&s->wire, &s->pending);
	status = write_pending(s, true);
	if (status == EX_OK)
		status = write_size(s);
	if (status != EX_OK)
		return status;
	r = drop_commit(&s->drop, &step);
	if (r == 0)
		return EX_OK;
	return fail_spool(s,
		step == DROP_LINK ? "cannot put the message into"
				  : "cannot sync the message in",
		r);
}

void submission_clear(struct submission *s)
{
	drop_abort(&s->drop);
	buf_free(&s->sender);
	buf_free(&s->full_name);
	address_list_free(&s->recipients);
	buf_free(&s->sender_parameters);
	buf_free(&s->recipient_parameters);
	buf_free(&s->header);
	buf_free(&s->pending);
	*s = (struct submission){ .drop = { .fd = -1 } };
}
