pkglibexecdir = $(libexecdir)/mailchute
pkglibexec_PROGRAMS = mailchuted
mailchuted_SOURCES = src/flusher/main.c
mailchuted_CPPFLAGS = $(AM_CPPFLAGS) $(SYSTEMD_CFLAGS)
mailchuted_LDADD = libconf.a libmail.a libbase.a $(SYSTEMD_LIBS) $(CONFUSE_LIBS)
