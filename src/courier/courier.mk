# What is done to a message: apart, for the tests of it.
noinst_LIBRARIES += libcourier.a
libcourier_a_SOURCES = \
	src/courier/address_field.c src/courier/address_field.h \
	src/courier/charset.c src/courier/charset.h \
	src/courier/idn.c src/courier/idn.h \
	src/courier/login.c src/courier/login.h \
	src/courier/message.c src/courier/message.h \
	src/courier/provider_secret.c src/courier/provider_secret.h \
	src/courier/rewrite.c src/courier/rewrite.h \
	src/courier/text_field.c src/courier/text_field.h \
	src/courier/token.c src/courier/token.h
libcourier_a_CPPFLAGS = $(AM_CPPFLAGS) $(IDN2_CFLAGS) $(GNUTLS_CFLAGS)

pkglibexec_PROGRAMS += mailchute-courier
mailchute_courier_SOURCES = \
	src/courier/confine.c src/courier/confine.h \
	src/courier/keeper.c src/courier/keeper.h \
	src/courier/main.c \
	src/courier/relay.c src/courier/relay.h \
	src/courier/uplink.c src/courier/uplink.h
mailchute_courier_LDADD = libcourier.a libconf.a libwire.a libmail.a libbase.a \
	$(GNUTLS_LIBS) $(IDN2_LIBS) $(CONFUSE_LIBS)
