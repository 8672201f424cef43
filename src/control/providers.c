/* SPDX-License-Identifier: ISC */
/* mailchute providers: what the presets know, and how to begin with one. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/defaults.h"
#include "base/json.h"
#include "base/sasl.h"
#include "conf/conf.h"
#include "control/control.h"

static void usage(FILE *to)
{
	fputs("usage: mailchute providers [--json] [NAME]\n\n"
	      "Lists the presets; or shows one, with the settings to begin with.\n",
		to);
}

/* The host with the region that is taken, or with a word that stands for it. */
static void print_host(const struct provider *p)
{
	const char *region = strstr(p->host, "%s");

	if (region)
		printf("%.*s%s%s", (int)(region - p->host), p->host,
			p->region ? p->region : "REGION", region + 2);
	else
		fputs(p->host, stdout);
}

void providers_print(void)
{
	size_t count;
	const struct provider *list = provider_list(&count);

	for (size_t i = 0; i < count; i++) {
		printf("%-18s  %-36s  ", list[i].name, list[i].title);
		print_host(&list[i]);
		putchar('\n');
	}
}

static void print_ports(const struct provider *p)
{
	size_t count = provider_port_count(p);

	fputs(count ? ", port" : "", stdout);
	for (size_t i = 0; i < count; i++)
		printf("%s %u", i == 0 ? "" : i == 1 ? ", else" : ",", p->ports[i]);
	putchar('\n');
}

static void print_mechanisms(const struct provider *p)
{
	if (!p->mechanisms)
		return;
	fputs("  logins       ", stdout);
	for (enum sasl_mechanism m = SASL_NONE + 1; m < SASL_COUNT; m++) {
		if (p->mechanisms & 1u << m)
			printf(" %s", sasl_name(m));
	}
	putchar('\n');
}

static void print_number(const char *what, unsigned number, const char *unit)
{
	if (number)
		printf("  %-12s  %u %s\n", what, number, unit);
}

static void print_words(const char *what, const char *words)
{
	if (words)
		printf("  %-12s  %s\n", what, words);
}

static void print_facts(const struct provider *p)
{
	printf("%s\n", p->title);
	print_words("other names", p->aliases);
	fputs("  server        ", stdout);
	print_host(p);
	print_ports(p);
	print_mechanisms(p);
	print_number("recipients", p->max_recipients, "in a transaction");
	print_number("messages", p->max_messages, "over a connection");
	print_words("rate", p->rate);
	print_number("connections", p->connections, "at once are allowed");
	print_number("size", p->size_mb, "MB, with its encoding");
	print_words("user", p->user_advice);
	print_words("password", p->secret_advice);
	print_words("oauth", p->oauth);
	print_words("from", p->sender_advice);
	print_words("note", p->note);
	print_words("see", p->url);
}

static void print_setting(const char *name, const char *value)
{
	printf("  %-15s = \"%s\"\n", name, value);
}

static void print_example(const struct provider *p)
{
	puts("\n" DEFAULT_CONF_FILE ":");
	print_setting("provider", p->name);
	if (strstr(p->host, "%s"))
		print_setting("region", p->region ? p->region : p->region_like);
	if (!p->user)
		print_setting("user", "...");
	if (provider_wants_token(p)) {
		print_setting("oauth", p->oauth);
		print_setting("oauth-client-id", "...");
	}
	print_setting("from", "...");
	print_setting("root", "...");
	if (p->header)
		print_setting("add-header", p->header);
	if (provider_wants_token(p))
		puts("\nthen: mailchute login; mailchute check");
	else
		puts("\nthen: install -m 600 /dev/stdin " DEFAULT_SECRETS
		     "/password; mailchute check");
	printf("or, for all of that: mailchute setup provider=%s\n", p->name);
}

static void print_one(const struct provider *p)
{
	print_facts(p);
	print_example(p);
}

static void add_texts(struct buf *out, const struct provider *p)
{
	const struct {
		const char *name, *value;
	} members[] = { { "title", p->title }, { "aliases", p->aliases },
		{ "host", p->host }, { "region", p->region }, { "rate", p->rate },
		{ "user", p->user }, { "user_advice", p->user_advice },
		{ "password_advice", p->secret_advice }, { "oauth", p->oauth },
		{ "from_advice", p->sender_advice }, { "header", p->header },
		{ "note", p->note }, { "url", p->url } };

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (members[i].value) {
			buf_adds(out, ", ");
			json_member(out, members[i].name, members[i].value);
		}
	}
}

static void add_numbers(struct buf *out, const struct provider *p)
{
	const struct {
		const char *name;
		unsigned value;
	} members[] = { { "max_recipients", p->max_recipients },
		{ "max_messages", p->max_messages }, { "connections", p->connections },
		{ "size_mb", p->size_mb } };

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (members[i].value)
			buf_addf(out, ", \"%s\": %u", members[i].name, members[i].value);
	}
	buf_adds(out, ", \"ports\": [");
	for (size_t i = 0; i < provider_port_count(p); i++)
		buf_addf(out, "%s%u", i ? ", " : "", p->ports[i]);
	buf_addc(out, ']');
}

/* For programs: what is not known is left out. */
static int print_json(const struct provider *list, size_t count)
{
	CLEANUP(buf_free) struct buf out = { 0 };

	for (size_t i = 0; i < count; i++) {
		buf_adds(&out, i ? ",\n{" : "[\n{");
		json_member(&out, "name", list[i].name);
		add_texts(&out, &list[i]);
		add_numbers(&out, &list[i]);
		buf_addc(&out, '}');
	}
	if (!buf_cstr(&out))
		return EX_OSERR;
	printf("%s\n]\n", out.data);
	return EX_OK;
}

static int refuse(const char *name)
{
	CLEANUP(buf_free) struct buf words = { 0 };

	provider_suggest(name, &words);
	fprintf(stderr, "mailchute: there is no preset '%s'%s\n", name,
		buf_cstr(&words) ? words.data : "");
	return EX_USAGE;
}

int control_providers(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	size_t count;
	const struct provider *list = provider_list(&count), *p;
	int c = getopt_long(argc, argv, "h", options, NULL);
	bool json = c == 'j';

	if (json)
		c = getopt_long(argc, argv, "h", options, NULL);
	if (c != -1 || argc - optind > 1) {
		usage(c == 'h' ? stdout : stderr);
		return c == 'h' ? EX_OK : EX_USAGE;
	}
	p = optind < argc ? provider_find(argv[optind]) : NULL;
	if (optind < argc && !p)
		return refuse(argv[optind]);
	if (json)
		return print_json(p ? p : list, p ? 1 : count);
	if (p)
		print_one(p);
	else
		providers_print();
	return EX_OK;
}
