noinst_LIBRARIES += libwire.a
libwire_a_SOURCES =
libwire_a_CPPFLAGS = $(AM_CPPFLAGS) $(GNUTLS_CFLAGS)
