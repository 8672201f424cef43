/* SPDX-License-Identifier: ISC */
/* The subcommands of mailchute(8). Each takes the words after its name and returns an exit code. */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "conf/conf.h"

int control_check(int argc, char **argv);
int control_flush(int argc, char **argv);
int control_login(int argc, char **argv);
int control_status(int argc, char **argv);
int control_providers(int argc, char **argv);
int control_queue(int argc, char **argv);
int control_sandbox(int argc, char **argv);
int control_setup(int argc, char **argv);
int control_test(int argc, char **argv);

/* Loads the configuration for a subcommand. EX_OK and *RET, or another exit code when its faults are
 * on standard error. */
int control_load(const char *path, struct conf **ret);

#endif
