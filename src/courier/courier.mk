pkglibexec_PROGRAMS += mailchute-courier
mailchute_courier_SOURCES = \
	src/courier/main.c \
	src/courier/message.c src/courier/message.h \
	src/courier/relay.c src/courier/relay.h \
	src/courier/rewrite.c src/courier/rewrite.h
mailchute_courier_LDADD = libconf.a libwire.a libmail.a libbase.a $(GNUTLS_LIBS) $(CONFUSE_LIBS)
