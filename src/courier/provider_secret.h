/* SPDX-License-Identifier: ISC */
/* What people have as password, where it is not yet what the provider takes. */
#ifndef COURIER_PROVIDER_SECRET_H
#define COURIER_PROVIDER_SECRET_H

/*
 * Changes *SECRET, the password for HOST, which is from malloc() and is wiped when it is replaced:
 * a Gmail app password loses the blanks that Google shows in it; an IAM secret access key becomes the
 * SMTP password of the region that an SES host is in. Others stay. 0 or -ENOMEM.
 */
int provider_secret(const char *host, char **secret);

#endif
