sbin_PROGRAMS += sendmail
sendmail_SOURCES = src/sendmail/main.c
sendmail_LDADD = libmail.a libbase.a
