/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/io.h"
#include "base/num.h"
#include "base/span.h"
#include "base/text.h"
#include "base/utf8.h"

static void test_buf_grows_and_consumes(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_addf(&b, "%03d,", i);
	assert_int_equal(b.len, 4000);
	buf_consume(&b, 3996);
	assert_string_equal(buf_cstr(&b), "999,");
	buf_free(&b);
}

static void test_buf_failure_is_sticky(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_adds(&b, "x");
	assert_null(buf_reserve(&b, SIZE_MAX));
	buf_adds(&b, "y");
	assert_true(buf_failed(&b));
	assert_null(buf_cstr(&b));
	assert_int_equal(b.len, 1);
	buf_free(&b);
}

static void test_num_parse(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		int result;
		uint64_t value;
	} rows[] = {
		{ "0", 10, 0, 0 },
		{ "10", 10, 0, 10 },
		{ "11", 10, -ERANGE, 0 },
		{ "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, -ERANGE, 0 },
		{ "", 10, -EINVAL, 0 },
		{ "+1", 10, -EINVAL, 0 },
		{ "-1", 10, -EINVAL, 0 },
		{ " 1", 10, -EINVAL, 0 },
		{ "1x", 10, -EINVAL, 0 },
		{ "0x1", 10, -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t value = 0;

		assert_int_equal(num_parse(rows[i].text, strlen(rows[i].text),
					 rows[i].max, &value),
			rows[i].result);
		assert_int_equal(value, rows[i].value);
	}
}

static void test_span(void **state)
{
	static const char *const names[] = { "no", "yes" };
	struct span s = span_of("id 7 ab\n\ncd"), word;
	uint64_t number = 0;

	(void)state;
	assert_false(span_skip(&s, "ids"));
	assert_true(span_skip(&s, "id "));
	assert_false(span_number(&s, ' ', 6, &number));
	assert_true(span_number(&s, ' ', 7, &number));
	assert_int_equal(number, 7);
	assert_false(span_until(&s, 'c', &word)); /* not in this line */
	assert_true(span_until(&s, '\n', &word));
	assert_memory_equal(word.at, "ab", word.len);
	assert_true(span_until(&s, '\n', &word));
	assert_int_equal(word.len, 0);
	assert_false(span_until(&s, '\n', &word));
	assert_int_equal(s.len, 2);
	assert_int_equal(span_find(span_of("yes"), names, 2), 1);
	assert_int_equal(span_find(span_of("ye"), names, 2), -1);
}

static void test_text_printable(void **state)
{
	char to[8];

	(void)state;
	text_printable(to, sizeof(to), "a\r\n\x1b\xff z...", 11);
	assert_string_equal(to, "a???? z");
	text_printable(to, sizeof(to), "", 0);
	assert_string_equal(to, "");
}

static void test_packet_carries_a_descriptor(void **state)
{
	int pair[2], passed = -1;
	char got[16];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(io_send_packet(pair[0], "hello", 5, STDIN_FILENO), 0);
	assert_int_equal(io_recv_packet(pair[1], got, sizeof(got), &passed), 5);
	assert_true(passed >= 0);
	assert_true(fcntl(passed, F_GETFD) & FD_CLOEXEC);
	close(passed);
	assert_int_equal(io_send_packet(pair[0], "0123456789abcdef!", 17, -1), 0);
	assert_int_equal(io_recv_packet(pair[1], got, sizeof(got), &passed), -EMSGSIZE);
	close(pair[0]);
	assert_int_equal(io_recv_packet(pair[1], got, sizeof(got), &passed), 0);
	assert_int_equal(passed, -1);
	close(pair[1]);
}

/* Who passes two would have us run out of descriptors. */
static void test_packet_carries_one_descriptor_at_most(void **state)
{
	int pair[2], two[2] = { STDIN_FILENO, STDERR_FILENO }, passed = -1, before, after;
	char got[16], control[CMSG_SPACE(sizeof(two))] = { 0 };
	struct iovec iov = { .iov_base = (char *)"x", .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	(void)state;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(two));
	memcpy(CMSG_DATA(c), two, sizeof(two));
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	before = dup(STDIN_FILENO);
	close(before);
	assert_int_equal(sendmsg(pair[0], &msg, 0), 1);
	assert_int_equal(io_recv_packet(pair[1], got, sizeof(got), &passed), 1);
	if (passed >= 0)
		close(passed);
	after = dup(STDIN_FILENO);
	close(after);
	assert_int_equal(after, before);
	close(pair[0]);
	close(pair[1]);
}

static void test_replace_file(void **state)
{
	char folder[] = "/tmp/mailchute-unit-XXXXXX";
	struct buf contents = { 0 };
	struct stat st;
	int dir;

	(void)state;
	assert_non_null(mkdtemp(folder));
	dir = open(folder, O_RDONLY | O_DIRECTORY);
	assert_true(dir >= 0);
	assert_int_equal(io_replace_file(dir, "x", "one", 3), 0);
	assert_int_equal(io_replace_file(dir, "x", "second", 6), 0);
	assert_int_equal(io_read_file(dir, "x", 100, &contents), 0);
	assert_string_equal(buf_cstr(&contents), "second");
	assert_int_equal(io_read_file(dir, "x", 3, &contents), -EFBIG);
	assert_int_equal(io_read_file(dir, "absent", 3, &contents), -ENOENT);
	assert_int_equal(fstatat(dir, "x", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fstatat(dir, "x~", &st, 0), -1);
	buf_free(&contents);
	unlinkat(dir, "x", 0);
	close(dir);
	rmdir(folder);
}

static void test_utf8(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} rows[] = {
		{ "", true },
		{ "a\x7f", true },
		{ "\xc2\x80\xdf\xbf", true },
		{ "\xe0\xa0\x80\xef\xbf\xbf", true },
		{ "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", true },
		{ "\x80", false },
		{ "\xc1\xbf", false },
		{ "\xe0\x9f\xbf", false },
		{ "\xed\xa0\x80", false },
		{ "\xf0\x8f\xbf\xbf", false },
		{ "\xf4\x90\x80\x80", false },
		{ "\xf5\x80\x80\x80", false },
		{ "\xc3", false },
		{ "\xe2\x82", false },
		{ "\xc3(", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = strlen(rows[i].text);
		struct utf8 pieces = { 0 };
		bool valid = true;

		assert_int_equal(utf8_valid(rows[i].text, n), rows[i].valid);
		for (size_t k = 0; valid && k < n; k++)
			valid = utf8_continues(&pieces, rows[i].text + k, 1);
		assert_int_equal(valid && pieces.left == 0, rows[i].valid);
	}
}

static void test_base64_encode(void **state)
{
	/* RFC 4648 section 10 */
	static const char *const rows[][2] = { { "", "" }, { "f", "Zg==" },
		{ "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "\xff\xfe\xfd", "//79" } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = { 0 };

		base64_encode(rows[i][0], strlen(rows[i][0]), &out);
		assert_string_equal(buf_cstr(&out), rows[i][1]);
		buf_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_base64_encode),
		cmocka_unit_test(test_buf_grows_and_consumes),
		cmocka_unit_test(test_buf_failure_is_sticky),
		cmocka_unit_test(test_num_parse),
		cmocka_unit_test(test_span),
		cmocka_unit_test(test_text_printable),
		cmocka_unit_test(test_packet_carries_a_descriptor),
		cmocka_unit_test(test_packet_carries_one_descriptor_at_most),
		cmocka_unit_test(test_replace_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
