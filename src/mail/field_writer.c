/* SPDX-License-Identifier: ISC */
#include "mail/field_writer.h"

#include <string.h>

#include "base/utf8.h"

#define BLANKS_MAX 64 /* of them in a row; more say no more than one */

static void put(struct field_writer *w, const char *s, size_t n)
{
	buf_add(w->out, s, n);
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n')
			w->column = 0;
		else if (s[i] != '\r')
			w->column++;
		w->too_long |= w->column > WIREFORM_LINE_MAX;
	}
}

/*
 * Writes the blanks in front of N octets that stay together, as a fold if they were one or if the
 * line would get longer than LIMIT.
 */
static void put_blank(
	struct field_writer *w, struct field_blank b, size_t n, size_t limit)
{
	const char *lf = b.len ? memrchr(b.at, '\n', b.len) : NULL;
	bool fold;

	if (lf) {
		b.len -= (size_t)(lf + 1 - b.at);
		b.at = lf + 1;
	}
	fold = lf || ((b.len || w->may_fold) && w->column + b.len + n > limit);
	if (b.len > BLANKS_MAX || (b.len == 0 && fold))
		b = (struct field_blank){ " ", 1 };
	if (fold)
		put(w, "\r\n", 2);
	put(w, b.at, b.len);
	w->may_fold = false;
}

void field_begin(
	struct field_writer *w, const char *name, size_t n, size_t limit, struct buf *out)
{
	*w = (struct field_writer){ .out = out, .limit = limit };
	put(w, name, n);
}

/* Adds to what is to be encoded; blanks in it are text. */
static void run_add(struct field_writer *w, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] != '\r' && s[i] != '\n')
			buf_addc(&w->run, s[i]);
	}
}

static void run_end(struct field_writer *w)
{
	if (w->run.len == 0)
		return;
	if (w->encoded && w->run_blank.len == 0)
		w->run_blank = (struct field_blank){ " ", 1 };
	put_blank(w, w->run_blank, ENCODED_ROOM, ENCODED_LINE_MAX);
	w->column = encoded_words(w->run.data, w->run.len, w->column, w->out);
	buf_clear(&w->run);
	w->encoded = true;
}

static void word_end(struct field_writer *w)
{
	const struct buf *word = &w->word;
	bool encoded;

	if (word->len == 0)
		return;
	encoded = encoded_word_like(word->data, word->len);
	/* between two encoded-words the blank has to be in one of them to be seen */
	if (w->run.len && encoded)
		run_add(w, w->word_blank.at, w->word_blank.len);
	run_end(w);
	if (w->encoded && w->word_blank.len == 0 && !strchr(",;:)", *word->data))
		w->word_blank = (struct field_blank){ " ", 1 };
	put_blank(w, w->word_blank, word->len, w->limit);
	put(w, word->data, word->len);
	w->word_blank.len = 0;
	buf_clear(&w->word);
	w->encoded = encoded;
}

void field_blank(struct field_writer *w, const char *s, size_t n)
{
	word_end(w);
	w->word_blank = (struct field_blank){ s, n };
}

void field_may_fold(struct field_writer *w)
{
	word_end(w);
	w->may_fold = true;
}

void field_add(struct field_writer *w, const char *s, size_t n)
{
	buf_add(&w->word, s, n);
}

void field_encode(struct field_writer *w, const char *s, size_t n)
{
	word_end(w);
	if (w->run.len == 0)
		w->run_blank = w->word_blank;
	if (w->run.len || w->encoded)
		run_add(w, w->word_blank.at, w->word_blank.len);
	w->word_blank.len = 0;
	run_add(w, s, n);
}

bool field_end(struct field_writer *w)
{
	word_end(w);
	run_end(w);
	buf_adds(w->out, "\r\n");
	w->out->failed = w->out->failed || buf_failed(&w->word) || buf_failed(&w->run);
	buf_free(&w->word);
	buf_free(&w->run);
	return !w->too_long;
}

/* As a quoted string, or encoded if that would not do. */
static void add_display(struct field_writer *w, const char *display)
{
	size_t n = strlen(display);

	if (n > FIELD_WORD_MAX / 4 || utf8_beyond_ascii(display, n)) {
		field_encode(w, display, n);
		return;
	}
	field_add(w, "\"", 1);
	for (const char *c = display; *c; c++) {
		if (*c == '"' || *c == '\\')
			field_add(w, "\\", 1);
		field_add(w, (unsigned char)*c < ' ' || *c == 127 ? " " : c, 1);
	}
	field_add(w, "\"", 1);
}

void field_mailbox(
	const char *name, const char *display, const char *address, struct buf *out)
{
	bool named = display && *display;
	struct field_writer w;

	field_begin(&w, name, strlen(name), ENCODED_LINE_MAX, out);
	field_add(&w, ":", 1);
	if (named) {
		field_blank(&w, " ", 1);
		add_display(&w, display);
	}
	field_blank(&w, " ", 1);
	field_add(&w, named ? "<" : "", named);
	field_add(&w, address, strlen(address));
	field_add(&w, named ? ">" : "", named);
	field_end(&w);
}
