pkglibexecdir = $(libexecdir)/mailchute
pkglibexec_PROGRAMS = mailchuted
mailchuted_SOURCES = \
	src/flusher/account.c src/flusher/account.h \
	src/flusher/alert.c src/flusher/alert.h \
	src/flusher/alias_file.c src/flusher/alias_file.h \
	src/flusher/courier.c src/flusher/courier.h \
	src/flusher/delivery.c src/flusher/delivery.h src/flusher/delivery_end.c \
	src/flusher/delivery_route.c \
	src/flusher/dispatch.c src/flusher/dispatch.h \
	src/flusher/flush.c src/flusher/flush.h \
	src/flusher/flusher.c src/flusher/flusher.h \
	src/flusher/junk.c src/flusher/junk.h \
	src/flusher/load.c src/flusher/load.h \
	src/flusher/main.c \
	src/flusher/notice.c src/flusher/notice.h \
	src/flusher/pace.c src/flusher/pace.h \
	src/flusher/publish.c src/flusher/publish.h \
	src/flusher/queue.c src/flusher/queue.h \
	src/flusher/rates.c src/flusher/rates.h \
	src/flusher/resolve.c src/flusher/resolve.h \
	src/flusher/scan.c src/flusher/scan.h \
	src/flusher/senders.c src/flusher/senders.h \
	src/flusher/sleepers.c src/flusher/sleepers.h \
	src/flusher/store.c src/flusher/store.h \
	src/flusher/trouble.c src/flusher/trouble.h \
	src/flusher/walk.c src/flusher/walk.h \
	src/flusher/worker.c src/flusher/worker.h \
	src/flusher/workers.c src/flusher/workers.h
mailchuted_CPPFLAGS = $(AM_CPPFLAGS) $(SYSTEMD_CFLAGS)
mailchuted_LDADD = libconf.a libmail.a libbase.a $(SYSTEMD_LIBS) $(CONFUSE_LIBS)
