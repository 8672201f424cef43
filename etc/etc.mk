EXTRA_DIST += etc/completion etc/mailchute.conf
dist_doc_DATA += etc/aliases
confdir = $(sysconfdir)/mailchute

# What the admin wrote is never touched: installed where there is no file, taken away unchanged.
install-data-local: install-conf install-completion
install-conf:
	$(MKDIR_P) '$(DESTDIR)$(confdir)'
	$(INSTALL) -d -m 0700 '$(DESTDIR)$(confdir)/secrets'
	test -e '$(DESTDIR)$(confdir)/mailchute.conf' || \
		$(INSTALL_DATA) '$(srcdir)/etc/mailchute.conf' '$(DESTDIR)$(confdir)/mailchute.conf'

completiondir = $(datadir)/bash-completion/completions

install-completion:
	$(MKDIR_P) '$(DESTDIR)$(completiondir)'
	$(INSTALL_DATA) '$(srcdir)/etc/completion' '$(DESTDIR)$(completiondir)/mailchute'
uninstall-completion:
	rm -f '$(DESTDIR)$(completiondir)/mailchute'

uninstall-local: uninstall-conf uninstall-completion
uninstall-conf:
	if cmp -s '$(srcdir)/etc/mailchute.conf' '$(DESTDIR)$(confdir)/mailchute.conf'; then \
		rm -f '$(DESTDIR)$(confdir)/mailchute.conf'; \
	fi
	rmdir '$(DESTDIR)$(confdir)/secrets' '$(DESTDIR)$(confdir)' 2>/dev/null || :

.PHONY: install-conf uninstall-conf install-completion uninstall-completion
