/* SPDX-License-Identifier: ISC */
/* What mailchute setup consists of: questions, and the file that the answers go to. */
#ifndef CONTROL_SETUP_H
#define CONTROL_SETUP_H

#include <stdbool.h>

#include "base/buf.h"
#include "conf/conf.h"

/* A value for each option that is to be set, or NULL; owned. What is to be taken out is "". */
struct answers {
	char *values[CONF_KEY_COUNT];
};

/*
 * Asks at the terminal; an empty line is FALLBACK ("" or NULL: there has to be an answer). The answer, which
 * the caller frees; NULL if nobody answers (told on standard error).
 */
char *ask(const char *question, const char *fallback);

/* The same for a secret, which is not shown. FALLBACK: an empty line is an answer, "". The caller wipes
 * it. */
char *ask_secret(const char *question, bool fallback);

bool ask_yes(const char *question);

/*
 * Edits the file at PATH, or makes it, if mailchute takes what comes of it: each answer in its line outside of
 * sections, in place of the comment that shows it, or at the end. The file that there was stays as
 * PATH.old, which is told; a file that would not change is left alone. EX_OK and *RET as it is read, or an
 * exit code with the faults on standard error: then nothing has changed.
 */
int setup_write(const char *path, const struct answers *answers, struct conf **ret);

#endif
