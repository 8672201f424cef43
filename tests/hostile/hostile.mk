# Many bad servers; see tests/hostile/case.py. Their couriers wait seconds where others wait minutes.
check_SCRIPTS += \
	tests/hostile/test-connections.py \
	tests/hostile/test-replies.py \
	tests/hostile/test-security.py \
	tests/hostile/test-transactions.py
EXTRA_DIST += \
	tests/hostile/actions.py \
	tests/hostile/case.py \
	tests/hostile/certificates.py \
	tests/hostile/server.py \
	tests/hostile/test-connections.py \
	tests/hostile/test-replies.py \
	tests/hostile/test-security.py \
	tests/hostile/test-transactions.py

EXTRA_PROGRAMS += tests/hostile/mailchute-courier
check_DATA += tests/hostile/mailchute-courier$(EXEEXT)
CLEANFILES += tests/hostile/mailchute-courier$(EXEEXT)
tests_hostile_mailchute_courier_SOURCES = $(mailchute_courier_SOURCES) \
	src/wire/client_flight.c src/wire/client_io.c src/wire/client_open.c src/wire/client_send.c
tests_hostile_mailchute_courier_CPPFLAGS = $(AM_CPPFLAGS) -DCLIENT_WAIT_MAX_MS=5000
tests_hostile_mailchute_courier_LDADD = $(mailchute_courier_LDADD)
