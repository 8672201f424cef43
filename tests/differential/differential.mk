# The same mail for mailchute, Postfix and Exim; see tests/differential/test-differential.
EXTRA_DIST += \
	tests/differential/cases.py \
	tests/differential/compare.py \
	tests/differential/exim4.conf \
	tests/differential/main.cf \
	tests/differential/make-peers \
	tests/differential/master.cf \
	tests/differential/peers.py \
	tests/differential/rules.py \
	tests/differential/test-differential

check-differential: all
	$(top_srcdir)/tests/differential/test-differential $(abs_top_builddir)
.PHONY: check-differential
