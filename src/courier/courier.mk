pkglibexec_PROGRAMS += mailchute-courier
mailchute_courier_SOURCES = src/courier/main.c
mailchute_courier_LDADD = libconf.a libwire.a libmail.a libbase.a $(GNUTLS_LIBS) $(CONFUSE_LIBS)
