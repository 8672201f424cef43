/* SPDX-License-Identifier: ISC */
/* The command line of sendmail(8), as callers have used it for forty years. */
#ifndef SENDMAIL_OPTIONS_H
#define SENDMAIL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum mode {
	MODE_SUBMIT, /* -bm, or nothing */
	MODE_SMTP,   /* -bs: SMTP on standard input and output */
};

struct options {
	enum mode mode;
	bool help;
	bool version;
	bool from_header;      /* -t: recipients from To, Cc and Bcc */
	bool dots_are_data;    /* -i: a line with a lone dot does not end the message */
	bool silent;	       /* -oeq: no text, only the exit status */
	const char *sender;    /* -f or -r, the last one; NULL: the caller */
	const char *full_name; /* -F; NULL: none */
	char **words;	       /* the recipient words, NULL at the end */
	const char *fault;     /* what is wrong, "" if nothing is; with the word: */
	const char *fault_word;
};

/*
 * Reads ARGV. No option makes sendmail open a file or run a program: those of Sendmail that did
 * (-C, -D, -X, -O, -oA, -oQ) are swallowed with their values. False if the command line is no good;
 * fault and fault_word say why. What was read before still holds.
 */
bool options_parse(char **argv, struct options *ret);

#endif
