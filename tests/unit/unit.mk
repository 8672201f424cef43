# Unit tests, one program a module, with cmocka.
UNIT_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit $(CMOCKA_CFLAGS)
EXTRA_DIST += tests/unit/unit.h
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test-base
tests_unit_test_base_SOURCES = tests/unit/test-base.c
tests_unit_test_base_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_base_LDADD = libbase.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test-command
tests_unit_test_command_SOURCES = tests/unit/test-command.c
tests_unit_test_command_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_command_LDADD = libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-query
tests_unit_test_query_SOURCES = tests/unit/test-query.c src/token/query.c
tests_unit_test_query_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_query_LDADD = libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-conf
tests_unit_test_conf_SOURCES = tests/unit/test-conf.c
tests_unit_test_conf_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_conf_LDADD = libconf.a libmail.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-provider
tests_unit_test_provider_SOURCES = tests/unit/test-provider.c
tests_unit_test_provider_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_provider_LDADD = libconf.a libmail.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-account
tests_unit_test_account_SOURCES = tests/unit/test-account.c src/flusher/account.c \
	src/flusher/pace.c src/flusher/senders.c
tests_unit_test_account_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_account_LDADD = libconf.a libmail.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-pace
tests_unit_test_pace_SOURCES = tests/unit/test-pace.c src/flusher/pace.c
tests_unit_test_pace_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_pace_LDADD = libconf.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-provider-secret
tests_unit_test_provider_secret_SOURCES = tests/unit/test-provider-secret.c
tests_unit_test_provider_secret_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_provider_secret_LDADD = libcourier.a libbase.a $(GNUTLS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-address
tests_unit_test_address_SOURCES = tests/unit/test-address.c
tests_unit_test_address_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_address_LDADD = libmail.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-aliases
tests_unit_test_aliases_SOURCES = tests/unit/test-aliases.c
tests_unit_test_aliases_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_aliases_LDADD = libmail.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-expand
tests_unit_test_expand_SOURCES = tests/unit/test-expand.c
tests_unit_test_expand_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_expand_LDADD = libmail.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-resolve
tests_unit_test_resolve_SOURCES = tests/unit/test-resolve.c src/flusher/resolve.c
tests_unit_test_resolve_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_resolve_LDADD = libmail.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-mail
tests_unit_test_mail_SOURCES = tests/unit/test-mail.c
tests_unit_test_mail_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_mail_LDADD = libmail.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-bounce
tests_unit_test_bounce_SOURCES = tests/unit/test-bounce.c
tests_unit_test_bounce_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_bounce_LDADD = libmail.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-secret
tests_unit_test_secret_SOURCES = tests/unit/test-secret.c src/conf/password.c
tests_unit_test_secret_CPPFLAGS = $(UNIT_CPPFLAGS) -USYSCONFDIR -DSYSCONFDIR='"."'
tests_unit_test_secret_LDADD = libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-confine
tests_unit_test_confine_SOURCES = tests/unit/test-confine.c src/courier/confine.c
tests_unit_test_confine_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_confine_LDADD = libconf.a libmail.a libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-dsn
tests_unit_test_dsn_SOURCES = tests/unit/test-dsn.c
tests_unit_test_dsn_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_dsn_LDADD = libmail.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-options
tests_unit_test_options_SOURCES = tests/unit/test-options.c src/sendmail/options.c
tests_unit_test_options_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_options_LDADD = libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-queue
tests_unit_test_queue_SOURCES = tests/unit/test-queue.c src/flusher/queue.c src/flusher/sleepers.c
tests_unit_test_queue_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_queue_LDADD = libmail.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-flush
tests_unit_test_flush_SOURCES = tests/unit/test-flush.c src/flusher/flush.c
tests_unit_test_flush_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_flush_LDADD = $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-job
tests_unit_test_job_SOURCES = tests/unit/test-job.c
tests_unit_test_job_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_job_LDADD = libmail.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-reply
tests_unit_test_reply_SOURCES = tests/unit/test-reply.c
tests_unit_test_reply_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_reply_LDADD = libwire.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-caps
tests_unit_test_caps_SOURCES = tests/unit/test-caps.c
tests_unit_test_caps_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_caps_LDADD = libwire.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-auth
tests_unit_test_auth_SOURCES = tests/unit/test-auth.c
tests_unit_test_auth_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_auth_LDADD = libwire.a libbase.a $(GNUTLS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-classify
tests_unit_test_classify_SOURCES = tests/unit/test-classify.c
tests_unit_test_classify_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_classify_LDADD = libwire.a libmail.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-lines
tests_unit_test_lines_SOURCES = tests/unit/test-lines.c
tests_unit_test_lines_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_lines_LDADD = libwire.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-rewrite
tests_unit_test_rewrite_SOURCES = tests/unit/test-rewrite.c
tests_unit_test_rewrite_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_rewrite_LDADD = libcourier.a libconf.a libmail.a libbase.a $(CONFUSE_LIBS) $(IDN2_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-reencode
tests_unit_test_reencode_SOURCES = tests/unit/test-reencode.c
tests_unit_test_reencode_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_reencode_LDADD = libmail.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-caller
tests_unit_test_caller_SOURCES = tests/unit/test-caller.c src/sendmail/caller.c
tests_unit_test_caller_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_caller_LDADD = libmail.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-stream
tests_unit_test_stream_SOURCES = tests/unit/test-stream.c
tests_unit_test_stream_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_stream_LDADD = libwire.a libbase.a $(CMOCKA_LIBS) -lpthread

check_PROGRAMS += tests/unit/test-server
tests_unit_test_server_SOURCES = tests/unit/test-server.c tests/unit/dialogue.c tests/unit/dialogue.h
tests_unit_test_server_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_server_LDADD = libwire.a libmail.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-server-data
tests_unit_test_server_data_SOURCES = tests/unit/test-server-data.c tests/unit/dialogue.c tests/unit/dialogue.h
tests_unit_test_server_data_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_server_data_LDADD = libwire.a libmail.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-server-auth
tests_unit_test_server_auth_SOURCES = tests/unit/test-server-auth.c tests/unit/dialogue.c tests/unit/dialogue.h
tests_unit_test_server_auth_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_server_auth_LDADD = libwire.a libmail.a libbase.a $(CMOCKA_LIBS)
endif

check_PROGRAMS += tests/unit/test-net
tests_unit_test_net_SOURCES = tests/unit/test-net.c
tests_unit_test_net_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_net_LDADD = libwire.a libbase.a $(CMOCKA_LIBS)
