/* SPDX-License-Identifier: ISC */
/* The subcommands of mailchute(8). Each takes the words after its name and returns an exit code. */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "conf/conf.h"
#include "control/secret.h"

int control_check(int argc, char **argv);
int control_flush(int argc, char **argv);
int control_login(int argc, char **argv);
int control_status(int argc, char **argv);
int control_providers(int argc, char **argv);
int control_queue(int argc, char **argv);
int control_sandbox(int argc, char **argv);
int control_setup(int argc, char **argv);
int control_test(int argc, char **argv);

/* The presets, a line each. */
void providers_print(void);

/* Gets the consent that the account wants for its tokens, and stores what comes of it. An exit code. */
int login_account(const struct conf *conf, const char *directory, enum secret_form form);

/* Hands in a message and follows it. FROM: NULL is whoever calls. An exit code. */
int test_send(const char *from, const char *to);

/* Loads the configuration for a subcommand. EX_OK and *RET, or another exit code when its faults are
 * on standard error. */
int control_load(const char *path, struct conf **ret);

/* The same for what conf_load() or conf_parse() gave back: R, and the faults. */
int control_loaded(int r, const struct buf *errors);

#endif
