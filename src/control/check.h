/* SPDX-License-Identifier: ISC */
/* The parts of mailchute check that look further than the configuration. Each tells its steps. */
#ifndef CONTROL_CHECK_H
#define CONTROL_CHECK_H

#include "conf/conf.h"
#include "control/steps.h"

/* All but the logins: this system, if the configuration is its own, and what that means. *RET_ROOT as
 * below. */
void check_around(struct steps *s, const struct conf *conf, char **ret_root);

/* Files and directories, their owners and modes, and the units: of the system whose default
 * configuration this is. */
void check_system(struct steps *s, const struct conf *conf);

/* What the file may say, though it hardly means it. Tells nothing else. */
void check_sense(struct steps *s, const struct conf *conf);

/* What is wrong with the aliases file, and where root's mail goes: the first of these addresses in
 * *RET_ROOT, which the caller frees, or NULL. */
void check_aliases(struct steps *s, const struct conf *conf, char **ret_root);

/*
 * Looks the server up, tries its ports, reads the password, connects, verifies, logs in, asks if mail
 * to the address TO (NULL: nobody) would be taken, and leaves again. An exit code of sysexits.h.
 */
int check_login(struct steps *s, const struct conf *conf, const char *to);

#endif
