# The only program that speaks HTTPS.
if OAUTH
pkglibexec_PROGRAMS += mailchute-token
mailchute_token_SOURCES = \
	src/token/client.c src/token/client.h \
	src/token/grant.c src/token/grant.h \
	src/token/https.c src/token/https.h \
	src/token/jwt.c src/token/jwt.h \
	src/token/login.h src/token/login_code.c src/token/login_device.c \
	src/token/main.c \
	src/token/query.c src/token/query.h \
	src/token/store.c src/token/store.h
mailchute_token_CPPFLAGS = $(AM_CPPFLAGS) $(GNUTLS_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS)
mailchute_token_LDADD = libconf.a libmail.a libbase.a $(CURL_LIBS) $(JANSSON_LIBS) \
	$(GNUTLS_LIBS) $(CONFUSE_LIBS)
endif
