# Tests in a real booted system; see the head of each for what it needs.
EXTRA_DIST += \
	tests/system/callers/alpine.exp \
	tests/system/callers/email-sender.pl \
	tests/system/callers/letter.txt \
	tests/system/callers/mail.php \
	tests/system/callers/mail.py \
	tests/system/callers/mail.rb \
	tests/system/callers/nodemailer.js \
	tests/system/callers/swiftmailer.php \
	tests/system/callers/symfony.php \
	tests/system/callers/wordpress.php \
	tests/system/fixture.sh \
	tests/system/lib.sh \
	tests/system/make-root \
	tests/system/message.py \
	tests/system/oauth-peers.py \
	tests/system/test-callers \
	tests/system/test-system

# Both have their turn, whatever comes of the first.
check-system: all
	@failed=0; \
	for test in test-system test-callers; do \
		$(top_srcdir)/tests/system/$$test $(abs_top_builddir) || failed=1; \
	done; \
	exit $$failed
.PHONY: check-system
