noinst_LIBRARIES += libwire.a
libwire_a_SOURCES = \
	src/wire/server.c src/wire/server.h src/wire/server_session.h \
	src/wire/server_auth.c src/wire/server_data.c src/wire/server_mail.c \
	src/wire/server_path.c src/wire/server_path.h \
	src/wire/auth.c \
	src/wire/auth.h \
	src/wire/caps.c \
	src/wire/caps.h \
	src/wire/classify.c \
	src/wire/classify.h \
	src/wire/client.h \
	src/wire/client_flight.c \
	src/wire/client_flight.h \
	src/wire/client_io.c \
	src/wire/client_io.h \
	src/wire/client_open.c \
	src/wire/client_probe.c \
	src/wire/client_send.c \
	src/wire/fault.c \
	src/wire/fault.h \
	src/wire/lines.c \
	src/wire/lines.h \
	src/wire/net.c \
	src/wire/net.h \
	src/wire/path.c \
	src/wire/path.h \
	src/wire/pin.c \
	src/wire/pin.h \
	src/wire/reply.c \
	src/wire/reply.h \
	src/wire/scram.c \
	src/wire/scram.h \
	src/wire/stream.c \
	src/wire/stream.h \
	src/wire/tls.c \
	src/wire/tls_context.c \
	src/wire/tls_context.h \
	src/wire/tls.h
libwire_a_CPPFLAGS = $(AM_CPPFLAGS) $(GNUTLS_CFLAGS)
