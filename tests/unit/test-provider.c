/* SPDX-License-Identifier: ISC */
/* The presets: in order, complete, and found by their names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "conf/conf.h"
#include "conf/provider.h"
#include "conf/rate.h"
#include "mail/job.h"

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
		struct rate rates[RATES_MAX];
		enum conf_tls tls;

		assert_non_null(p->title);
		assert_non_null(strchr(p->host, '.'));
		assert_int_equal(!!p->region + !!p->region_like, !!strstr(p->host, "%s"));
		assert_non_null(p->user_advice);
		assert_non_null(p->secret_advice);
		assert_non_null(p->sender_advice);
		assert_true(p->user || !p->user_free);
		assert_true(p->oauth || !provider_wants_token(p));
		assert_true(
			!p->rate || (rate_parse_list(p->rate, rates) - 1) < RATES_MAX);
		assert_true(p->max_recipients <= JOB_RECIPIENTS_MAX);
		for (size_t j = 0; j < provider_port_count(p); j++)
			assert_true(conf_port_tls(p->ports[j], &tls));
	}
}

static void found_by_its_names_alone(void **state)
{
	size_t count;
	const struct provider *list = provider_list(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const char *at = list[i].aliases ? list[i].aliases : "", *alias;
		char name[64];
		size_t n;

		assert_ptr_equal(provider_find(list[i].name), &list[i]);
		while ((alias = text_list_next(&at, &n))) {
			snprintf(name, sizeof(name), "%.*s", (int)n, alias);
			assert_ptr_equal(provider_find(name), &list[i]);
		}
	}
	assert_null(provider_find("Gmail"));
	assert_null(provider_find("azure, acs"));
	assert_null(provider_find(""));
}

static void others_are_suggested(void **state)
{
	static const struct {
		const char *name, *words;
	} cases[] = {
		{ "sendgird", "; did you mean sendgrid? " },
		{ "Gmail", "; did you mean gmail or google-relay? " },
		{ "hotmial", "; did you mean outlook? " },
		{ "sendinblue2", "; did you mean brevo? " },
		{ "smtp.office365.com", "; did you mean microsoft365? " },
		{ "mailgun-de", "; did you mean mailgun or mailgun-eu? " },
		{ "xyz", "; `mailchute providers` lists them all" },
		{ "", "; `mailchute providers` lists them all" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf words = { 0 };

		provider_suggest(cases[i].name, &words);
		if (strncmp(buf_cstr(&words), cases[i].words, strlen(cases[i].words)))
			fail_msg("%s: %s", cases[i].name, words.data);
		buf_free(&words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorted_by_name),
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(found_by_its_names_alone),
		cmocka_unit_test(others_are_suggested),
	};

	return cmocka_run_group_tests_name("provider", tests, NULL, NULL);
}
