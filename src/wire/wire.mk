noinst_LIBRARIES += libwire.a
libwire_a_SOURCES = \
	src/wire/stream.c \
	src/wire/stream.h \
	src/wire/tls.c \
	src/wire/tls.h
libwire_a_CPPFLAGS = $(AM_CPPFLAGS) $(GNUTLS_CFLAGS)
