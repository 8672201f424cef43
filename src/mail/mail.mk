noinst_LIBRARIES += libmail.a
libmail_a_SOURCES = \
	src/mail/job.c src/mail/job.h \
	src/mail/outcome.c src/mail/outcome.h
