/* SPDX-License-Identifier: ISC */
/*
 * Stands in for the fuzzer in an ordinary build: gives its target every file of its corpus, whole
 * and cut short at each of the first octets, and prints TAP. The files are those of the directory
 * named on the command line, or else of the program's own in the source tree.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "fuzz.h"

#define CUTS_MAX     64
#define FILE_MAX     (1u << 20)
#define FILE_SECONDS 60

/* The target gets a copy of just that size, so that reading past its end is seen. */
static void give(const char *bytes, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	REQUIRE(copy);
	memcpy(copy, bytes, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static void replay(const char *path)
{
	struct buf bytes = { 0 };

	REQUIRE(io_read_file(AT_FDCWD, path, FILE_MAX, &bytes) == 0);
	fprintf(stderr, "# %s\n", path);
	alarm(FILE_SECONDS);
	for (size_t n = 0; n < bytes.len && n < CUTS_MAX; n++)
		give(bytes.data, n);
	give(bytes.data ? bytes.data : "", bytes.len);
	alarm(0);
	buf_free(&bytes);
}

static int is_seed(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	const char *source = getenv("top_srcdir");
	const char *name = strrchr(argv[0], '/');
	struct dirent **seeds;
	char directory[4096], path[8192];
	int n;

	snprintf(directory, sizeof(directory), "%s/tests/fuzz/corpus/%s",
		source ? source : ".", name ? name + strlen("/fuzz-") : "");
	if (argc > 1)
		snprintf(directory, sizeof(directory), "%s", argv[1]);
	n = scandir(directory, &seeds, is_seed, alphasort);
	if (n <= 0) {
		printf("Bail out! There is no corpus in %s\n", directory);
		return 1;
	}
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, seeds[i]->d_name);
		replay(path);
		printf("ok %d - %s\n", i + 1, seeds[i]->d_name);
		fflush(stdout);
		free(seeds[i]);
	}
	free(seeds);
	return 0;
}
