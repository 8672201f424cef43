# A test in a real booted system; see tests/system/test-system for what it needs.
EXTRA_DIST += \
	tests/system/lib.sh \
	tests/system/make-root \
	tests/system/test-system

check-system: all
	$(top_srcdir)/tests/system/test-system $(abs_top_builddir)
.PHONY: check-system
