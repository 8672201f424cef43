/* SPDX-License-Identifier: ISC */
/*
 * What mailchute setup consists of: the command line (setup.c), the questions that it leaves
 * (setup_questions.c), how they are asked (setup_ask.c), the file that the answers go to (setup_file.c), and
 * what is done with all that (setup_steps.c).
 */
#ifndef CONTROL_SETUP_H
#define CONTROL_SETUP_H

#include <stdbool.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "control/secret.h"

/* A value for each option that is to be set, or NULL; owned. What is to be taken out is "". */
struct answers {
	char *values[CONF_KEY_COUNT];
};

struct setup {
	/* The command line. */
	const char *file;
	const char *account;	 /* NULL: the default one */
	const char *secret_file; /* "-": standard input; NULL: it is asked for */
	enum secret_form form;
	bool no_test;
	bool asks; /* there is somebody to ask */
	struct answers answers;
	/* What there was; NULL: nothing, or nothing good. */
	struct conf *old_file;
	const struct conf *old; /* the account in it */
	char *old_secret;	/* of the same login */
	/* What comes of it. */
	struct conf *new_file;
	const struct conf *new;
	char *secret; /* "": the old one */
};

/* A setting of the command line, SETTING=VALUE. False, and told, if it is none. */
bool setup_take(struct setup *s, const char *word);

/* Asks for what the account needs and no answer is there for. False, and told, if it stays unknown. */
bool setup_ask(struct setup *s);

/* Writes the answers down, and goes on until mail goes out. An exit code. */
int setup_run(struct setup *s);

/* True if it is about this system, and not about a file somewhere. */
bool setup_is_ours(const struct setup *s);

/*
 * Asks at the terminal; an empty line is FALLBACK ("" or NULL: there has to be an answer). The answer, which
 * the caller frees; NULL if nobody answers (told on standard error).
 */
char *ask(const char *question, const char *fallback);

/* The same for a secret, which is not shown. FALLBACK: what an empty line stands for, which then is the
 * answer ""; or NULL. The caller wipes it. */
char *ask_secret(const char *question, const char *fallback);

bool ask_yes(const char *question);

/*
 * The file at PATH, or a new one, with the answers in it, appended to *TEXT: each in its line of the account's
 * section (NULL: outside of sections), in place of the comment that shows it, or at the end. EX_OK and *RET
 * as it is read, or an exit code with the faults on standard error.
 */
int setup_draft(const char *path, const char *account, const struct answers *answers,
	struct buf *text, struct conf **ret);

/* Has the file at PATH be that TEXT. The one that there was stays as PATH.old, which is told; a file that
 * would not change is left alone. EX_OK, or an exit code with the reason on standard error. */
int setup_write(const char *path, const struct buf *text);

#endif
