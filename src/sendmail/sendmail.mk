sbin_PROGRAMS += sendmail
sendmail_SOURCES = \
	src/sendmail/arguments.c src/sendmail/arguments.h \
	src/sendmail/caller.c src/sendmail/caller.h \
	src/sendmail/fixup.c src/sendmail/fixup.h \
	src/sendmail/handover.c src/sendmail/handover.h \
	src/sendmail/intake.c src/sendmail/intake.h \
	src/sendmail/main.c \
	src/sendmail/modes.c src/sendmail/modes.h \
	src/sendmail/options.c src/sendmail/options.h \
	src/sendmail/peer.c src/sendmail/peer.h \
	src/sendmail/section.c src/sendmail/section.h \
	src/sendmail/session.c src/sendmail/session.h \
	src/sendmail/submission.c src/sendmail/submission.h \
	src/sendmail/trouble.c src/sendmail/trouble.h
# Binds each libc function when it is first called: half of them are for SMTP and the rare modes, and
# looking all of them up at the start costs a tenth of a submission. It guards no rights.
sendmail_LDFLAGS = $(AM_LDFLAGS) -Wl,-z,lazy
sendmail_LDADD = libwire.a libmail.a libbase.a

# The other names of the program. Old programs look for it in lib, as the LSB and the FHS have it.
install-exec-hook: install-links
install-links:
	$(MKDIR_P) '$(DESTDIR)$(prefix)/lib' '$(DESTDIR)$(bindir)'
	ln -sf ../sbin/sendmail '$(DESTDIR)$(prefix)/lib/sendmail'
	ln -sf ../sbin/sendmail '$(DESTDIR)$(bindir)/mailq'
	ln -sf ../sbin/sendmail '$(DESTDIR)$(bindir)/newaliases'

uninstall-local: uninstall-links
uninstall-links:
	rm -f '$(DESTDIR)$(prefix)/lib/sendmail' '$(DESTDIR)$(bindir)/mailq' \
		'$(DESTDIR)$(bindir)/newaliases'

.PHONY: install-links uninstall-links
