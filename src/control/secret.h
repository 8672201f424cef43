/* SPDX-License-Identifier: ISC */
/* Secrets on their way to where the service gets them from. */
#ifndef CONTROL_SECRET_H
#define CONTROL_SECRET_H

enum secret_form {
	SECRET_AS_IT_GOES, /* encrypted where the service gets that, else plain */
	SECRET_ENCRYPTED,
	SECRET_PLAIN,
};

/*
 * Stores SECRET as NAME in one step: encrypted by systemd-creds for this installation, in
 * DIRECTORY.encrypted, after it was seen that systemd hands that to a service; or plain, with mode 0600,
 * in DIRECTORY. As it goes, it is encrypted in the place that the service knows (DEFAULT_SECRETS), and where
 * it was before; if that fails, it is stored plain. A directory that is not there is made, and what
 * stood in the other one goes. 0 or -errno; told on standard output or standard error.
 */
int secret_store(const char *directory, const char *name, const char *secret,
	enum secret_form form);

/* The secret in FILE, "-" being the standard input, without the end of its line. The caller wipes and frees
 * it; NULL if it cannot be read or is empty, told on standard error. */
char *secret_read(const char *file);

#endif
