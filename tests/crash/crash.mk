# Every call to the disk may be the last, or fail: tests/crash/shim.c makes it so.
EXTRA_DIST += tests/crash/faults.py tests/crash/shim.c
CLEANFILES += tests/crash/shim.so

# Loaded before the sanitizers, it has none; and it defines what fortified headers declare otherwise.
check_DATA += tests/crash/shim.so
tests/crash/shim.so: tests/crash/shim.c
	@$(MKDIR_P) tests/crash
	$(AM_V_CC)$(CC) $(DEFS) $(CPPFLAGS) $(CFLAGS) -Wall -Wextra -U_FORTIFY_SOURCE -shared -fPIC \
		-o $@ $(srcdir)/tests/crash/shim.c

CRASH_TESTS = \
	tests/crash/test-kill.py \
	tests/crash/test-power.py \
	tests/crash/test-states.py \
	tests/crash/test-submit.py
check_SCRIPTS += $(CRASH_TESTS)
EXTRA_DIST += $(CRASH_TESTS)

# At each call, with each error, and for as long as it takes; and the large floods.
check-long:
	CRASH_LONG=1 $(MAKE) check TESTS='$(CRASH_TESTS) tests/integration/test-attacker.py'
.PHONY: check-long
