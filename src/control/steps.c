/* SPDX-License-Identifier: ISC */
#include "control/steps.h"

#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/json.h"

static const char *const words[] = {
	[STEP_OK] = "ok",
	[STEP_WARN] = "warn",
	[STEP_FAIL] = "FAIL",
};

/* For programs. */
static const char *const names[] = {
	[STEP_OK] = "ok",
	[STEP_WARN] = "warn",
	[STEP_FAIL] = "fail",
};

void steps_section(struct steps *s, const char *format, ...)
{
	va_list ap;

	buf_clear(&s->section);
	va_start(ap, format);
	buf_vaddf(&s->section, format, ap);
	va_end(ap);
	if (!s->json && buf_cstr(&s->section))
		printf("\n%s\n", s->section.data);
}

static void add_json(struct steps *s, enum step_status status, const char *name,
	const char *hint, const char *text)
{
	buf_adds(&s->out, s->out.len ? ",\n  {" : "\n  {");
	json_member(&s->out, "section", buf_cstr(&s->section) ? s->section.data : "");
	buf_adds(&s->out, ", ");
	json_member(&s->out, "name", name);
	buf_adds(&s->out, ", ");
	json_member(&s->out, "status", names[status]);
	buf_adds(&s->out, ", ");
	json_member(&s->out, "text", text);
	buf_adds(&s->out, ", ");
	json_member(&s->out, "hint", hint);
	buf_addc(&s->out, '}');
}

void steps_tell(struct steps *s, enum step_status status, const char *name,
	const char *hint, const char *format, ...)
{
	CLEANUP(buf_free) struct buf text = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vaddf(&text, format, ap);
	va_end(ap);
	if (status > s->worst)
		s->worst = status;
	if (s->json) {
		add_json(s, status, name, hint, buf_cstr(&text) ? text.data : "");
		return;
	}
	printf("  %-12s %-4s  %s\n", name, words[status],
		buf_cstr(&text) ? text.data : "");
	if (*hint)
		printf("  %-12s       %s\n", "", hint);
	fflush(stdout); /* the next step may take its time */
}

int steps_end(struct steps *s)
{
	int r = buf_failed(&s->out) ? -ENOMEM : 0;

	if (s->json && r == 0)
		printf("{\"status\": \"%s\", \"checks\": [%s\n]}\n", names[s->worst],
			buf_cstr(&s->out) ? s->out.data : "");
	buf_free(&s->out);
	buf_free(&s->section);
	return r;
}
