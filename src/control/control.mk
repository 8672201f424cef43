sbin_PROGRAMS += mailchute
mailchute_SOURCES = \
	src/control/check_aliases.c src/control/check_login.c \
	src/control/check_sense.c src/control/check_system.c \
	src/control/check.c src/control/check.h \
	src/control/control.h \
	src/control/login.c \
	src/control/main.c \
	src/control/providers.c \
	src/control/queue.c \
	src/control/sandbox.c src/control/sandbox.h src/control/sandbox_ca.c \
	src/control/sandbox_listen.c src/control/sandbox_options.c \
	src/control/sandbox_session.c src/control/sandbox_store.c \
	src/control/secret.c src/control/secret.h \
	src/control/setup.c src/control/setup.h src/control/setup_ask.c src/control/setup_file.c \
	src/control/setup_questions.c src/control/setup_steps.c \
	src/control/status.c \
	src/control/steps.c src/control/steps.h \
	src/control/test.c
mailchute_LDADD = libcourier.a libconf.a libwire.a libmail.a libbase.a $(GNUTLS_LIBS) $(CONFUSE_LIBS)
