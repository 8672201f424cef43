/* SPDX-License-Identifier: ISC */
/* The presets: in order, complete, and found by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "conf/conf.h"
#include "conf/provider.h"

static void sorted_by_name(void **state)
{
	size_t count;
	const struct provider *list = provider_list(&count);

	(void)state;
	for (size_t i = 1; i < count; i++)
		assert_true(strcmp(list[i - 1].name, list[i].name) < 0);
}

static void every_row_is_complete(void **state)
{
	size_t count;
	const struct provider *list = provider_list(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct provider *p = &list[i];

		assert_non_null(p->title);
		assert_non_null(strchr(p->host, '.'));
		assert_non_null(p->user_advice);
		assert_non_null(p->secret_advice);
		assert_true(p->max_connections > 0 && p->max_messages > 0 &&
			    p->max_recipients > 0);
		assert_true(p->tls == CONF_TLS_STARTTLS || p->tls == CONF_TLS_IMPLICIT);
		assert_int_equal(p->port == 465, p->tls == CONF_TLS_IMPLICIT);
	}
}

static void found_by_name(void **state)
{
	size_t count;
	const struct provider *list = provider_list(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		assert_ptr_equal(provider_find(list[i].name), &list[i]);
	assert_null(provider_find("Gmail"));
	assert_null(provider_find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorted_by_name),
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(found_by_name),
	};

	return cmocka_run_group_tests_name("provider", tests, NULL, NULL);
}
