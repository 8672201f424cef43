sbin_PROGRAMS += mailchute
mailchute_SOURCES = \
	src/control/check_login.c src/control/check.c src/control/check.h \
	src/control/control.h \
	src/control/main.c
mailchute_LDADD = libconf.a libwire.a libmail.a libbase.a $(GNUTLS_LIBS) $(CONFUSE_LIBS)
