sbin_PROGRAMS += sendmail
sendmail_SOURCES = \
	src/sendmail/caller.c src/sendmail/caller.h \
	src/sendmail/fixup.c src/sendmail/fixup.h \
	src/sendmail/intake.c src/sendmail/intake.h \
	src/sendmail/main.c \
	src/sendmail/options.c src/sendmail/options.h
sendmail_LDADD = libmail.a libbase.a
