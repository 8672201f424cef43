noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	src/base/array.h \
	src/base/base64.c src/base/base64.h \
	src/base/buf.c src/base/buf.h \
	src/base/cleanup.h \
	src/base/clock.h \
	src/base/command.c src/base/command.h \
	src/base/defaults.h \
	src/base/io.c src/base/io.h \
	src/base/json.c src/base/json.h \
	src/base/log.c src/base/log.h \
	src/base/num.c src/base/num.h \
	src/base/sasl.c src/base/sasl.h \
	src/base/span.c src/base/span.h \
	src/base/spawn.c src/base/spawn.h \
	src/base/text.c src/base/text.h \
	src/base/utf8.c src/base/utf8.h
