systemd_templates = \
	systemd/mailchute-smtp@.service.in \
	systemd/mailchute-submit@.service.in \
	systemd/mailchute-waiting.path.in \
	systemd/mailchute.path.in \
	systemd/mailchute.service.in \
	systemd/sysusers.d/mailchute.conf.in \
	systemd/tmpfiles.d/mailchute.conf.in
systemd_files = $(systemd_templates:.in=)

EXTRA_DIST += $(systemd_templates)
CLEANFILES += $(systemd_files)
dist_systemdsystemunit_DATA = systemd/mailchute-smtp.socket systemd/mailchute-submit.socket
nodist_systemdsystemunit_DATA = systemd/mailchute.path systemd/mailchute-waiting.path \
	systemd/mailchute.service \
	systemd/mailchute-smtp@.service systemd/mailchute-submit@.service
nodist_sysusers_DATA = systemd/sysusers.d/mailchute.conf
dist_catalog_DATA = systemd/mailchute.catalog
nodist_tmpfiles_DATA = systemd/tmpfiles.d/mailchute.conf

# The directories are whole only in make: configure knows them as '${prefix}/...'.
$(systemd_files): Makefile
	$(AM_V_GEN)$(MKDIR_P) '$(@D)' && \
	sed -e 's|@libexecdir[@]|$(libexecdir)|g' -e 's|@localstatedir[@]|$(localstatedir)|g' \
		-e 's|@sbindir[@]|$(sbindir)|g' -e 's|@sysconfdir[@]|$(sysconfdir)|g' \
		'$(srcdir)/$@.in' >'$@.tmp' && \
	mv '$@.tmp' '$@'
systemd/mailchute-smtp@.service: systemd/mailchute-smtp@.service.in
systemd/mailchute-submit@.service: systemd/mailchute-submit@.service.in
systemd/mailchute-waiting.path: systemd/mailchute-waiting.path.in
systemd/mailchute.path: systemd/mailchute.path.in
systemd/mailchute.service: systemd/mailchute.service.in
systemd/sysusers.d/mailchute.conf: systemd/sysusers.d/mailchute.conf.in
systemd/tmpfiles.d/mailchute.conf: systemd/tmpfiles.d/mailchute.conf.in

AM_DISTCHECK_CONFIGURE_FLAGS = --with-systemdsystemunitdir='$$dc_install_base/lib/systemd/system'
