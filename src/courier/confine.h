/* SPDX-License-Identifier: ISC */
/*
 * What the courier gives up before it hears a stranger: beside what its unit takes from it, whatever
 * starts it. Best effort: an old kernel confines less.
 */
#ifndef COURIER_CONFINE_H
#define COURIER_CONFINE_H

#include "conf/conf.h"

/* Core files, and other processes of our user that would look into ours. First of all. */
void confine_memory(void);

/*
 * All of the file system but what connections need for reading: the system's libraries and settings,
 * what CONF names, and of the credentials the account's own, the PASSWORD if wanted. No way into the
 * queue is left, and nothing can be written. Messages come as open descriptors.
 */
void confine_files(const struct conf *conf, bool password);

#endif
