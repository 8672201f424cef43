sbin_PROGRAMS += mailchute
mailchute_SOURCES = src/control/main.c
mailchute_LDADD = libconf.a libwire.a libmail.a libbase.a $(GNUTLS_LIBS) $(CONFUSE_LIBS)
