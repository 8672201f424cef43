# One program a parser: with --enable-fuzzing a libFuzzer, else it replays its corpus.
FUZZERS = \
	tests/fuzz/fuzz-address \
	tests/fuzz/fuzz-aliases \
	tests/fuzz/fuzz-auth \
	tests/fuzz/fuzz-bounce \
	tests/fuzz/fuzz-bs \
	tests/fuzz/fuzz-client \
	tests/fuzz/fuzz-envelope \
	tests/fuzz/fuzz-fixup \
	tests/fuzz/fuzz-intake \
	tests/fuzz/fuzz-job \
	tests/fuzz/fuzz-lines \
	tests/fuzz/fuzz-message \
	tests/fuzz/fuzz-mime \
	tests/fuzz/fuzz-options \
	tests/fuzz/fuzz-reply \
	tests/fuzz/fuzz-rewrite \
	tests/fuzz/fuzz-server \
	tests/fuzz/fuzz-state \
	tests/fuzz/fuzz-wireform
if OAUTH
FUZZERS += tests/fuzz/fuzz-grant
tests_fuzz_fuzz_grant_SOURCES = tests/fuzz/fuzz-grant.c src/token/grant.c src/token/query.c
tests_fuzz_fuzz_grant_LDADD = $(LDADD) $(JANSSON_LIBS)
endif
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/dict tests/fuzz/run

# Each is made of the source file of its name, and of what is not in a library.
AM_DEFAULT_SOURCE_EXT = .c
LDADD = tests/fuzz/libfuzz.a libcourier.a libconf.a libwire.a libmail.a libbase.a $(CONFUSE_LIBS) \
	$(GNUTLS_LIBS) $(IDN2_LIBS) $(FUZZ_ENGINE)
check_LIBRARIES = tests/fuzz/libfuzz.a
EXTRA_tests_fuzz_libfuzz_a_DEPENDENCIES = Makefile # the list of what is in it
tests_fuzz_libfuzz_a_SOURCES = tests/fuzz/fuzz.c tests/fuzz/fuzz.h \
	tests/fuzz/memory.c tests/fuzz/memory.h \
	src/sendmail/fixup.c src/sendmail/handover.c src/sendmail/intake.c \
	src/sendmail/options.c src/sendmail/peer.c src/sendmail/section.c \
	src/sendmail/session.c src/sendmail/submission.c src/sendmail/trouble.c
if FUZZING
noinst_PROGRAMS = $(FUZZERS)
else
check_PROGRAMS += $(FUZZERS)
tests_fuzz_libfuzz_a_SOURCES += tests/fuzz/replay.c
endif

# SECONDS for each target.
SECONDS = 60
fuzz: $(FUZZERS)
	$(top_srcdir)/tests/fuzz/run '$(SECONDS)' $(FUZZERS)
.PHONY: fuzz
