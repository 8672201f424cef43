/* SPDX-License-Identifier: ISC */
#ifndef MAIL_MAILNAME_H
#define MAIL_MAILNAME_H

#define MAILNAME_MAX 256

/*
 * The name this machine's mail carries: the first line of /etc/mailname (Debian
 * Policy 11.6), else the host name. Always something: "localhost" if nothing else is
 * known. Asks no network.
 */
void mailname_get(char to[MAILNAME_MAX]);

#endif
