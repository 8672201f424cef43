# Unit tests, one program a module, with cmocka.
UNIT_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test-base
tests_unit_test_base_SOURCES = tests/unit/test-base.c
tests_unit_test_base_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_base_LDADD = libbase.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test-conf
tests_unit_test_conf_SOURCES = tests/unit/test-conf.c
tests_unit_test_conf_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_conf_LDADD = libconf.a libmail.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-provider
tests_unit_test_provider_SOURCES = tests/unit/test-provider.c
tests_unit_test_provider_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_provider_LDADD = libconf.a $(CMOCKA_LIBS)
endif
