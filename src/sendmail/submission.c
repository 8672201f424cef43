/* SPDX-License-Identifier: ISC */
#include "sendmail/submission.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/utf8.h"
#include "mail/address.h"
#include "mail/header.h"
#include "sendmail/fixup.h"
#include "sendmail/section.h"

static int fail_spool(struct submission *s, const char *what, int error)
{
	return trouble_spool(&s->trouble, what, s->drop.spool, error);
}

int submission_add(struct submission *s, const char *address, const char *parameters)
{
	struct envelope_path path;

	return envelope_path_copy(address, parameters, &path) < 0 ||
			       envelope_add(&s->envelope, path) < 0
		       ? trouble_memory(&s->trouble)
		       : EX_OK;
}

int submission_add_list(struct submission *s, const struct address_list *list)
{
	const char *parameters = s->parameters.len ? buf_cstr(&s->parameters) : NULL;
	int status = EX_OK;

	for (size_t i = 0; status == EX_OK && i < list->count; i++)
		status = submission_add(s, list->items[i], parameters);
	return status;
}

static int compare_paths(const void *a, const void *b)
{
	const struct envelope_path *left = a, *right = b;

	return strcmp(left->address, right->address);
}

/* Sorts the recipients by address, and leaves each in once. */
static void drop_duplicates(struct envelope *e)
{
	struct envelope_path *paths = e->recipients;
	size_t kept = 1;

	if (e->count < 2)
		return;
	qsort(paths, e->count, sizeof(*paths), compare_paths);
	for (size_t i = 1; i < e->count; i++) {
		if (address_equal(paths[kept - 1].address, paths[i].address))
			envelope_path_clear(&paths[i]);
		else
			paths[kept++] = paths[i];
	}
	e->count = kept;
}

static int write_out(struct submission *s, const struct buf *piece)
{
	int r;

	if (s->handover.open)
		return handover_write(&s->handover, piece->data, piece->len, &s->trouble);
	r = io_write_all(s->drop.fd, piece->data, piece->len);
	return r < 0 ? fail_spool(s, "cannot write to", r) : EX_OK;
}

/* Envelope and header section in one write. */
static int drop_head(struct submission *s, const struct buf *section)
{
	CLEANUP(buf_free) struct buf head = { 0 };

	envelope_format(&s->envelope, &head);
	if (head.len > ENVELOPE_MAX)
		return trouble_set(
			&s->trouble, EX_DATAERR, "the list of recipients is too long");
	buf_add(&head, section->data, section->len);
	return buf_failed(&head) ? trouble_memory(&s->trouble) : write_out(s, &head);
}

static int write_head(struct submission *s, const struct buf *section)
{
	size_t count = s->envelope.count;
	int status;

	if (count == 0)
		return trouble_set(
			&s->trouble, EX_USAGE, "no recipients in To, Cc or Bcc");
	if (count > ENVELOPE_RECIPIENTS_MAX)
		return trouble_set(&s->trouble, EX_DATAERR,
			"%zu recipients are more than %d", count,
			ENVELOPE_RECIPIENTS_MAX);
	if (!s->handover.open)
		return drop_head(s, section);
	status = handover_envelope(&s->handover, &s->envelope, &s->trouble);
	return status == EX_OK ? write_out(s, section) : status;
}

/* The header section is complete: now it is known to whom the message goes. */
static int finish_head(struct submission *s)
{
	struct fixup fixup = { .collect = s->from_header,
		.full_name = buf_cstr(&s->full_name),
		.sender = s->envelope.sender.address };
	struct buf section = s->trace;
	int status, r = fixup_header(&fixup, &s->header, &section);

	s->trace = (struct buf){ 0 };
	if (r == -EINVAL)
		status = trouble_set(&s->trouble, EX_DATAERR,
			"the field %s is not a list of addresses; the message was not "
			"queued",
			fixup.bad_field);
	else if (r == -ELOOP)
		status = trouble_set(&s->trouble, EX_DATAERR,
			"the message goes in circles, by its Received fields; it was not "
			"queued");
	else if (r < 0)
		status = trouble_memory(&s->trouble);
	else
		status = submission_add_list(s, &fixup.recipients);
	if (status == EX_OK) {
		/* From may be made of an address beyond ASCII */
		s->wire.eight_bit |= utf8_beyond_ascii(section.data, section.len);
		drop_duplicates(&s->envelope);
		status = write_head(s, &section);
		s->envelope.size = section.len;
	}
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
		bool complete =
			section_take(&s->pending, &s->searched, &s->header) || at_end;

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
		s->envelope.size += s->pending.len;
		buf_clear(&s->pending);
	}
	return status;
}

/* Now that it is known how long the message is, the envelope says so. */
static int write_size(struct submission *s)
{
	CLEANUP(buf_free) struct buf line = { 0 };
	ssize_t n;

	envelope_format_size(
		s->envelope.size, s->wire.eight_bit, s->wire.long_lines, &line);
	if (buf_failed(&line))
		return trouble_memory(&s->trouble);
	n = pwrite(s->drop.fd, line.data, line.len, ENVELOPE_SIZE_OFFSET);
	n = n == (ssize_t)line.len ? 0 : n < 0 ? -errno : -EIO;
	return n < 0 ? fail_spool(s, "cannot write to", (int)n) : EX_OK;
}

/* The caller is shut off from the spool: what it has to change, if the service is not there either. */
static int open_service(struct submission *s, int error)
{
	const char *path = handover_path(), *spool = s->drop.spool;
	int r;

	if (!path)
		return fail_spool(s, "cannot create a file in", error);
	r = handover_open(&s->handover, path);
	if (r == 0)
		return EX_OK;
	return trouble_set(&s->trouble, EX_TEMPFAIL,
		"cannot create a file in %s/new: %s, nor connect to %s: %s; nothing was "
		"queued. %s, or add %s=%s to the calling unit",
		spool, strerror(-error), path, strerror(-r),
		r == -EAFNOSUPPORT ? "Add AF_UNIX to RestrictAddressFamilies="
				   : "Run systemctl enable --now mailchute-submit.socket",
		error == -EROFS ? "ReadWritePaths" : "BindPaths", spool);
}

static bool is_shut_off(int error)
{
	return error == -EROFS || error == -EACCES || error == -EPERM ||
	       error == -ENOENT || error == -ENOTDIR;
}

int submission_open(struct submission *s)
{
	int r = drop_open(&s->drop, spool_path());

	if (is_shut_off(r))
		return open_service(s, r);
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
	if (status == EX_OK && s->handover.open)
		return handover_commit(&s->handover, &s->trouble);
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
	handover_close(&s->handover);
	envelope_clear(&s->envelope);
	buf_free(&s->full_name);
	buf_free(&s->parameters);
	buf_free(&s->trace);
	buf_free(&s->header);
	buf_free(&s->pending);
	*s = (struct submission){ .drop = { .fd = -1 } };
}
