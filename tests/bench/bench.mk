# What mailchute costs beside other mail systems; see tests/bench/bench. BENCH="submit drain": those parts.
EXTRA_DIST += \
	tests/bench/bench \
	tests/bench/cold \
	tests/bench/mailchute.py \
	tests/bench/mailer.py \
	tests/bench/measure.py \
	tests/bench/others.py \
	tests/bench/part_cold.py \
	tests/bench/part_drain.py \
	tests/bench/part_idle.py \
	tests/bench/part_large.py \
	tests/bench/part_latency.py \
	tests/bench/part_line.py \
	tests/bench/part_recover.py \
	tests/bench/part_start.py \
	tests/bench/part_submit.py \
	tests/bench/processes.py \
	tests/bench/provider.py \
	tests/bench/report.py \
	tests/bench/test-bench.py \
	tests/private_root.py

bench_helpers = tests/bench/delay$(EXEEXT) tests/bench/launch$(EXEEXT)
EXTRA_PROGRAMS += tests/bench/delay tests/bench/launch
check_DATA += $(bench_helpers)
CLEANFILES += bench.json $(bench_helpers)
tests_bench_delay_SOURCES = tests/bench/delay.c
tests_bench_delay_LDADD =
tests_bench_launch_SOURCES = tests/bench/launch.c
tests_bench_launch_LDADD =
check_SCRIPTS += tests/bench/test-bench.py

bench: all $(bench_helpers)
	$(top_srcdir)/tests/bench/bench $(abs_top_builddir) $(BENCH)
.PHONY: bench
