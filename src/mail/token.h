/* SPDX-License-Identifier: ISC */
/*
 * Lexical tokens of structured header fields (RFC 5322 section 3.2), as spans of the text: whoever
 * copies all of them has copied the text. Linear, and without recursion: comments are one token,
 * however deep they nest.
 */
#ifndef MAIL_TOKEN_H
#define MAIL_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum token_kind {
	TOKEN_BLANK,   /* white space, folded or not */
	TOKEN_COMMENT, /* with its parentheses */
	TOKEN_ATOM,    /* octets above 127 are part of it (RFC 6532) */
	TOKEN_QUOTED,  /* with its quotes */
	TOKEN_LITERAL, /* a domain literal, with its brackets */
	TOKEN_SPECIAL, /* one of < > @ , ; : . */
	TOKEN_BAD,     /* never closed, or with octets that may not be there */
};

struct token {
	enum token_kind kind;
	const char *at;
	size_t len;
};

/* The token at *AT, which moves behind it; false at END. */
bool token_next(const char **at, const char *end, struct token *ret);

/* True if the token is the character C. */
bool token_is(const struct token *token, char c);

/* True for blanks and comments; for what ends a part of a list of addresses: ',', ';' or ':'. */
bool token_is_filler(const struct token *token);
bool token_is_delimiter(const struct token *token);

/* Appends what a word stands for: a quoted string or comment without its outer marks, escapes and
 * line ends; anything else as it is. */
void token_text(const struct token *token, struct buf *out);

#endif
