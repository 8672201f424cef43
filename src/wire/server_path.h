/* SPDX-License-Identifier: ISC */
/* What stands in the arguments of MAIL and RCPT, read strictly. Pure. */
#ifndef WIRE_SERVER_PATH_H
#define WIRE_SERVER_PATH_H

#include <stdbool.h>
#include <stddef.h>

enum server_path {
	SERVER_PATH_OK,
	SERVER_PATH_SYNTAX,
	SERVER_PATH_ROUTE, /* a source route (RFC 5321 appendix C), which nobody follows */
};

/*
 * Reads "<mailbox>" (RFC 5321 section 4.1.2, with the UTF-8 of RFC 6531 section 3.3) at the start
 * of the N bytes at S. The mailbox is empty in "<>", and without a domain in "<Postmaster>".
 * *RET_LEN counts the brackets. *RET_UTF8 tells that it is not ASCII alone.
 */
enum server_path server_path_read(
	const char *s, size_t n, size_t *ret_len, bool *ret_utf8);

/* The same for a lenient server: any mailbox that path_is_safe(), also without a domain, but with
 * no angle brackets even in quotes. */
enum server_path server_path_read_lenient(
	const char *s, size_t n, size_t *ret_len, bool *ret_utf8);

#endif
