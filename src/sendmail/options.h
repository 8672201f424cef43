/* SPDX-License-Identifier: ISC */
/* The command line of sendmail(8), as callers have used it for forty years. */
#ifndef SENDMAIL_OPTIONS_H
#define SENDMAIL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum mode {
	MODE_SUBMIT, /* read a message and queue it: -bm, and what is called by no other name */
	MODE_SMTP,    /* -bs: SMTP on standard input and output */
	MODE_LIST,    /* -bp, mailq */
	MODE_COUNT,   /* -bP: how many messages wait */
	MODE_VERIFY,  /* -bv: look at the syntax of the recipient words */
	MODE_ALIASES, /* -bi, -I, newaliases */
	MODE_FLUSH,   /* -q, runq: everything that waits is to be tried now */
	MODE_NOTHING, /* -bh, -bH, hoststat, purgestat: there is nothing to tell */
	MODE_DAEMON,  /* -bd, -bD, -bl, smtpd: refused, that is systemd's work */
	MODE_HELP,
	MODE_VERSION,
};

struct options {
	enum mode mode;
	bool from_header;      /* -t: recipients from To, Cc and Bcc */
	bool dots_are_data;    /* -i: a line with a lone dot does not end the message */
	bool silent;	       /* -oeq: no text, only the exit status */
	bool tell_version;     /* -d0.1: a line with the version, and on */
	const char *sender;    /* -f or -r, the last one; NULL: the caller */
	const char *full_name; /* -F; NULL: none */
	uint64_t max_size;     /* of a message, with -bs: octets; 0: any */
	uint64_t
		max_recipients; /* of a message, with -bs; 0: as many as a queued one may have */
	const char *notify; /* -N, -R and -V as they were given, NULL without */
	const char *ret;
	const char *envid;
	char **words;	   /* the recipient words, NULL at the end */
	const char *fault; /* what is wrong, "" if nothing is; with the word: */
	const char *fault_word;
};

/*
 * Reads ARGV; the name by which we are called counts too. No option makes sendmail open a file or
 * run a program: those of Sendmail that did (-C, -D, -X, -O, -oA, -oQ) are swallowed with their
 * values. False if the command line is no good; fault and fault_word say why. What was read before
 * still holds.
 */
bool options_parse(char **argv, struct options *ret);

#endif
