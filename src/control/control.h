/* SPDX-License-Identifier: ISC */
/* The subcommands of mailchute(8). Each takes the words after its name and returns an exit code. */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

int control_check(int argc, char **argv);
int control_flush(int argc, char **argv);
int control_status(int argc, char **argv);
int control_providers(int argc, char **argv);
int control_queue(int argc, char **argv);
int control_sandbox(int argc, char **argv);

#endif
