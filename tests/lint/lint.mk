# Static analysis. Each is clean, or has its exceptions at the line, with the reason: NOLINT for
# clang-tidy (whose analyzer is that of scan-build), cppcheck-suppress for cppcheck.
EXTRA_DIST += .clang-tidy tests/lint/test-layers.py
check_SCRIPTS += tests/lint/test-layers.py

lint: clang-format cppcheck gcc-analyzer clang-tidy
.PHONY: lint clang-format cppcheck gcc-analyzer clang-tidy

# As they are compiled, without what goes with optimization.
LINT_FLAGS = $(DEFS) $(AM_CPPFLAGS) $(GNUTLS_CFLAGS) $(IDN2_CFLAGS) $(CONFUSE_CFLAGS) \
	$(SYSTEMD_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS) -I$(top_srcdir)/tests/unit -U_FORTIFY_SOURCE
lint_sources = find $(top_srcdir)/src -name '*.c' -print0
# One file a process: clang-tidy 14 sees a va_list wrongly in the second.
lint_each = xargs -0 -I FILE -P "$$(nproc)"

clang-format:
	@find $(top_srcdir)/src $(top_srcdir)/tests -name '*.[ch]' -print0 | \
		xargs -0 clang-format --dry-run -Werror

# It does not know the cleanup attribute, so it sees leaks where there are none (LeakSanitizer sees
# those that there are), and it reads no system headers.
cppcheck:
	@cppcheck --quiet -j "$$(nproc)" --error-exitcode=1 --inline-suppr --std=c11 \
		--enable=warning,performance,portability \
		--suppress=memleak --suppress=memleakOnRealloc --suppress=internalAstError \
		$(LINT_FLAGS) $(top_srcdir)/src $(top_srcdir)/tests

# Its leaks are given up, too: gcc 12 loses sight of what a structure or a tree holds.
gcc-analyzer:
	@$(lint_sources) | $(lint_each) gcc -std=gnu11 -O1 -Werror -fanalyzer \
		-Wno-analyzer-malloc-leak $(LINT_FLAGS) -c -o /dev/null FILE

clang-tidy:
	@$(lint_sources) | $(lint_each) clang-tidy --quiet FILE -- -std=gnu11 $(LINT_FLAGS)
