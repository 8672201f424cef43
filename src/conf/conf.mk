noinst_LIBRARIES += libconf.a
libconf_a_SOURCES = \
	src/conf/conf.c src/conf/conf.h \
	src/conf/draft.h \
	src/conf/file.c src/conf/file.h \
	src/conf/load.c \
	src/conf/oauth.c src/conf/oauth.h \
	src/conf/option.c src/conf/option.h \
	src/conf/password.c \
	src/conf/preset.c \
	src/conf/provider.c src/conf/provider.h \
	src/conf/rate.c src/conf/rate.h \
	src/conf/route.c src/conf/route.h \
	src/conf/sender.c src/conf/sender.h \
	src/conf/value.c src/conf/value.h
libconf_a_CPPFLAGS = $(AM_CPPFLAGS) $(CONFUSE_CFLAGS)
