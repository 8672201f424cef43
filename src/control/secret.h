/* SPDX-License-Identifier: ISC */
/* Secrets on their way to where the service gets them from. */
#ifndef CONTROL_SECRET_H
#define CONTROL_SECRET_H

#include <stdbool.h>

/*
 * Stores SECRET as the file NAME (mode 0600, in one step) of DIRECTORY, which is made if it is not there;
 * or with ENCRYPT, or if it stands there already, encrypted by systemd-creds as NAME of
 * DIRECTORY.encrypted. What stood in the other place goes. 0 or -errno; told on standard output or
 * standard error.
 */
int secret_store(
	const char *directory, const char *name, const char *secret, bool encrypt);

/* The secret in FILE, "-" being the standard input, without the end of its line. The caller wipes and frees
 * it; NULL if it cannot be read or is empty, told on standard error. */
char *secret_read(const char *file);

#endif
