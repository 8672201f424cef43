/* SPDX-License-Identifier: ISC */
/*
 * What the fuzz targets share. A target reads any octets at all, and holds what it promises for
 * every one of them; what does not hold ends the program, with the reason on standard error.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* The target: libFuzzer calls it, or replay.c. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Holds whatever NDEBUG says. */
#define REQUIRE(condition)                                                               \
	((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))

void fuzz_fail(const char *condition, const char *file, int line)
	__attribute__((noreturn));

/* True if every line ends in CRLF and no CR, LF or NUL stands anywhere else. */
bool fuzz_is_wire_form(const char *s, size_t n);

/* Octets of the longest line, line ends not counted. */
size_t fuzz_longest_line(const char *s, size_t n);

/* The header section at the start of the N octets at S, brought into wire form first. */
void fuzz_section(const char *s, size_t n, struct buf *out);

/* Fields of the name in a section. */
size_t fuzz_count_fields(const struct buf *section, const char *name);

bool fuzz_same(const struct buf *a, const struct buf *b);

#endif
