/* SPDX-License-Identifier: ISC */
/* Where things are. The directories come from configure. */
#ifndef BASE_DEFAULTS_H
#define BASE_DEFAULTS_H

#define DEFAULT_CONF_DIR  SYSCONFDIR "/mailchute"
#define DEFAULT_CONF_FILE DEFAULT_CONF_DIR "/mailchute.conf"
#define DEFAULT_SECRETS	  DEFAULT_CONF_DIR "/secrets"
#define DEFAULT_ALIASES	  "/etc/aliases" /* where every system has it */
#define DEFAULT_SPOOL	  LOCALSTATEDIR "/spool/mailchute"
#define DEFAULT_STATE	  LOCALSTATEDIR "/lib/mailchute"

/* Another spool than the default: for tests and for trying things out. sendmail honours it too: it
 * has no rights beyond its caller's. */
#define SPOOL_VARIABLE "MAILCHUTE_SPOOL"

/* Where mailchute-submit.socket listens, and another one; empty: none. */
#define DEFAULT_SUBMIT	"/run/mailchute/submit"
#define SUBMIT_VARIABLE "MAILCHUTE_SUBMIT"

/* As whom our services queue the mail of others, see systemd/sysusers.d. */
#define SUBMIT_USER "mailchute-submit"

#endif
