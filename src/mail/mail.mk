noinst_LIBRARIES += libmail.a
libmail_a_SOURCES = \
	src/mail/address.c src/mail/address.h \
	src/mail/backoff.c src/mail/backoff.h \
	src/mail/bounce.c src/mail/bounce.h \
	src/mail/dsn.c src/mail/dsn.h \
	src/mail/envelope.c src/mail/envelope.h \
	src/mail/header.c src/mail/header.h \
	src/mail/job.c src/mail/job.h \
	src/mail/listing.c src/mail/listing.h \
	src/mail/mailname.c src/mail/mailname.h \
	src/mail/outcome.c src/mail/outcome.h \
	src/mail/spool.c src/mail/spool.h \
	src/mail/stamp.c src/mail/stamp.h \
	src/mail/state.c src/mail/state.h \
	src/mail/status.c src/mail/status.h \
	src/mail/wireform.c src/mail/wireform.h
