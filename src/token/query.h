/* SPDX-License-Identifier: ISC */
#ifndef TOKEN_QUERY_H
#define TOKEN_QUERY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The value of NAME in the query of TEXT, a URL or the first line of an HTTP request, decoded
 * (application/x-www-form-urlencoded), in *TO. False if there is none, or one that is empty, does not
 * fit or is not printable ASCII. Pure.
 */
bool query_value(const char *text, const char *name, char *to, size_t size);

#endif
