EXTRA_DIST += etc/mailchute.conf
dist_doc_DATA += etc/aliases
confdir = $(sysconfdir)/mailchute

# What the admin wrote is never touched: installed where there is no file, taken away unchanged.
install-data-local: install-conf
install-conf:
	$(MKDIR_P) '$(DESTDIR)$(confdir)'
	$(INSTALL) -d -m 0700 '$(DESTDIR)$(confdir)/secrets'
	test -e '$(DESTDIR)$(confdir)/mailchute.conf' || \
		$(INSTALL_DATA) '$(srcdir)/etc/mailchute.conf' '$(DESTDIR)$(confdir)/mailchute.conf'

uninstall-local: uninstall-conf
uninstall-conf:
	if cmp -s '$(srcdir)/etc/mailchute.conf' '$(DESTDIR)$(confdir)/mailchute.conf'; then \
		rm -f '$(DESTDIR)$(confdir)/mailchute.conf'; \
	fi
	rmdir '$(DESTDIR)$(confdir)/secrets' '$(DESTDIR)$(confdir)' 2>/dev/null || :

.PHONY: install-conf uninstall-conf
