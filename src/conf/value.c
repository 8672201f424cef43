/* SPDX-License-Identifier: ISC */
#include "conf/value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "base/sasl.h"
#include "base/text.h"
#include "base/utf8.h"
#include "conf/conf.h"
#include "conf/rate.h"
#include "conf/sender.h"

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define ATEXT  UPPER LOWER DIGITS "!#$%&'*+-/=?^_`{|}~" /* RFC 5322 section 3.2.3 */

#define DOMAIN_MAX  253
#define LABEL_MAX   63
#define LOCAL_MAX   64
#define COMMAND_MAX 4096
#define USER_MAX    320
#define FIELD_MAX   900 /* a line is 998 octets at most (RFC 5322 section 2.1.1) */

#define BEYOND_ASCII                                                                     \
	"is beyond ASCII; write the domain as the DNS has it, like "                     \
	"\"xn--mller-kva.example\""

static bool only(const char *value, size_t n, const char *allowed)
{
	return strspn(value, allowed) >= n;
}

static bool is_beyond_ascii(const char *value)
{
	return utf8_beyond_ascii(value, strlen(value));
}

/* Labels of letters, digits and inner dashes (RFC 1123 section 2.1), joined by single dots. */
static bool is_domain(const char *name)
{
	if (strlen(name) > DOMAIN_MAX)
		return false;
	for (;;) {
		size_t n = strcspn(name, ".");

		if (n == 0 || n > LABEL_MAX || !only(name, n, UPPER LOWER DIGITS "-") ||
			name[0] == '-' || name[n - 1] == '-')
			return false;
		if (name[n] == '\0')
			return true;
		name += n + 1;
	}
}

static bool is_ip_address(const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, address) == 1 ||
	       inet_pton(AF_INET6, host, address) == 1;
}

const char *value_refuse_account(const char *value)
{
	size_t n = strlen(value);

	if (n > 0 && n <= CONF_ACCOUNT_MAX && only(value, n, UPPER LOWER DIGITS "-_") &&
		value[0] != '-')
		return NULL;
	return "is no name for an account; take up to 32 letters, digits, dashes and "
	       "underscores";
}

const char *value_refuse_region(const char *value)
{
	if (only(value, strlen(value), LOWER DIGITS "-.") && is_domain(value) &&
		strlen(value) <= LABEL_MAX)
		return NULL;
	return "is not a region; write it like \"eu-west-1\" or \"com\"";
}

const char *value_refuse_host(const char *value)
{
	const char *colon = strrchr(value, ':');

	if (is_ip_address(value) || is_domain(value))
		return NULL;
	if (is_beyond_ascii(value))
		return BEYOND_ASCII;
	if (strstr(value, "://"))
		return "is not a host but a URL; leave its scheme and path out";
	if (value[0] == '[')
		return "is not a host; leave the brackets out, and write a port as: port "
		       "= 587";
	if (colon && only(colon + 1, strlen(colon + 1), DIGITS))
		return "is not a host; write the port by itself, as: port = 587";
	return "is not a host; give a name such as \"smtp.example.com\" or an IP address";
}

const char *value_refuse_hostname(const char *value)
{
	if (is_domain(value))
		return NULL;
	if (is_beyond_ascii(value))
		return BEYOND_ASCII;
	return "is not a host name; give a full one such as \"www.example.com\"";
}

const char *value_refuse_path(const char *value)
{
	if (value[0] != '/')
		return "is not a full path; it has to start with /";
	return strlen(value) < PATH_MAX ? NULL : "is too long for a path";
}

const char *value_refuse_tls_min(const char *value)
{
	if (strcmp(value, "1.2") == 0 || strcmp(value, "1.3") == 0)
		return NULL;
	return "is no version of TLS that is safe; write \"1.2\" or \"1.3\"";
}

/* Two hex digits for each of the 32 octets, with or without colons between. */
static bool is_fingerprint(const char *s, size_t n)
{
	size_t digits = 0;

	for (size_t i = 0; i < n; i++) {
		if (isxdigit((unsigned char)s[i]))
			digits++;
		else if (s[i] != ':' || digits % 2 || digits == 0)
			return false;
	}
	return digits == 64;
}

const char *value_refuse_fingerprints(const char *value)
{
	const char *at = value, *item;
	size_t n, count = 0;
	bool good = true;

	while ((item = text_list_next(&at, &n))) {
		good = good && is_fingerprint(item, n);
		count++;
	}
	return good && count ? NULL
			     : "is no SHA-256 fingerprint; write 32 octets in hex, such "
			       "as \"2A:5F:...\", which `mailchute check` shows";
}

const char *value_refuse_command(const char *value)
{
	return strlen(value) <= COMMAND_MAX ? NULL : "is too long for a command";
}

const char *value_refuse_user(const char *value)
{
	return strlen(value) <= USER_MAX ? NULL : "is too long for a user name";
}

const char *value_refuse_auth(const char *value)
{
	if (sasl_find(value, strlen(value)) != SASL_NONE)
		return NULL;
	return "is no login that is known here; write \"SCRAM-SHA-256\", \"PLAIN\", "
	       "\"LOGIN\" or another one of mailchute.conf(5)";
}

const char *value_refuse_rate(const char *value)
{
	struct rate rates[RATES_MAX];

	return rate_parse_list(value, rates) <= RATES_MAX
		       ? NULL
		       : "is no rate; write up to four like \"14/s\", \"500/h\" or "
			 "\"2000 "
			 "recipients/day\", with commas between, or \"none\"";
}

const char *value_refuse_address(const char *value)
{
	const char *at = strchr(value, '@');
	size_t local = at ? (size_t)(at - value) : strlen(value);
	bool dots = value[0] == '.' || strstr(value, "..") ||
		    (local && value[local - 1] == '.');

	if (local > 0 && local <= LOCAL_MAX && at && only(value, local, ATEXT ".") &&
		!dots && is_domain(at + 1))
		return NULL;
	if (strchr(value, '<'))
		return "is not a plain address; leave the name and the <> out";
	if (at && is_beyond_ascii(at))
		return BEYOND_ASCII;
	if (!at)
		return "is not an address: it has no domain; write it like "
		       "\"admin@example.com\"";
	return "is not an address; write one, like \"admin@example.com\"";
}

/* The first reason that an item of the list is refused for; EMPTY if there is none in it. */
static const char *refuse_list(
	const char *value, const char *(*refuse)(const char *item), const char *empty)
{
	const char *reason = empty, *at = value, *text;
	size_t n;

	while ((text = text_list_next(&at, &n))) {
		char item[SENDER_RULE_MAX + 1];

		if (n > SENDER_RULE_MAX)
			return "has an item that is too long";
		memcpy(item, text, n);
		item[n] = '\0';
		reason = refuse(item);
		if (reason)
			break;
	}
	return reason;
}

const char *value_refuse_addresses(const char *value)
{
	return refuse_list(value, value_refuse_address,
		"names no address; write one, like \"admin@example.com\"");
}

/* What senders and recipients are compared with: a domain may have either of its forms. */
static const char *refuse_pattern(const char *item)
{
	char plain[SENDER_RULE_MAX + 1];

	snprintf(plain, sizeof(plain), "%s", item);
	for (char *c = strchr(plain, '@'); c && *c; c++) {
		if (*c & 0x80)
			*c = 'x';
	}
	if (*item != '@')
		return value_refuse_address(plain);
	return is_domain(plain + 1) ? NULL
				    : "is not a domain; write it like \"@example.com\"";
}

const char *value_refuse_patterns(const char *value)
{
	return refuse_list(value, refuse_pattern,
		"names no address; write some, like \"me@example.com, @example.org\"");
}

static const char *refuse_login(const char *item)
{
	return only(item, strlen(item), UPPER LOWER DIGITS "._-+$")
		       ? NULL
		       : "is not a user; give names or numbers, like \"www-data, 1000\"";
}

const char *value_refuse_users(const char *value)
{
	return refuse_list(value, refuse_login,
		"names no user; give names or numbers, like \"www-data, 1000\"");
}

static const char *refuse_mapping(const char *item)
{
	char from[SENDER_RULE_MAX + 1], to[SENDER_RULE_MAX + 1];
	const char *reason;

	if (!sender_rule_split(item, "->", from, to))
		return "is not like \"me@old.example -> me@new.example, @old.example -> "
		       "@new.example\"";
	if (*to == '@' && *from != '@')
		return "gives a whole domain for one address; write an address behind ->";
	reason = refuse_pattern(from);
	if (!reason && is_beyond_ascii(to)) /* which becomes somebody's address */
		reason = BEYOND_ASCII;
	return reason ? reason : refuse_pattern(to);
}

const char *value_refuse_rewrite(const char *value)
{
	return refuse_list(value, refuse_mapping,
		"has no rule; write some, like \"@old.example -> @new.example\"");
}

const char *value_refuse_field(const char *value)
{
	size_t n = strcspn(value, ":");

	for (const char *c = value; *c; c++) {
		if (*c < ' ' || *c > '~' || (*c == ' ' && c < value + n))
			n = 0;
	}
	if (n > 0 && value[n] && value[n + 1] == ' ' && strlen(value) <= FIELD_MAX)
		return NULL;
	return "is no header field; write it like \"X-Name: value\", in ASCII";
}

static const char *refuse_user_rule(const char *item)
{
	char user[SENDER_RULE_MAX + 1], patterns[SENDER_RULE_MAX + 1], *rest;
	const char *reason;

	if (!sender_rule_split(item, ":", user, patterns))
		return "is not like \"www-data: web@example.org @shop.example, *: "
		       "me@example.org\"";
	reason = strcmp(user, "*") == 0 ? NULL : refuse_login(user);
	for (char *p = strtok_r(patterns, " \t", &rest); p && !reason;
		p = strtok_r(NULL, " \t", &rest))
		reason = refuse_pattern(p);
	return reason;
}

const char *value_refuse_user_senders(const char *value)
{
	return refuse_list(value, refuse_user_rule,
		"has no rule; write some, like \"www-data: web@example.org\"");
}

static const struct unit {
	char name;
	unsigned seconds;
} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

int value_parse_duration(const char *value, unsigned *ret_seconds)
{
	size_t n = strlen(value);
	unsigned factor = 1;
	uint64_t number;
	int r;

	for (size_t i = 0; n > 0 && i < UNIT_COUNT; i++) {
		if (value[n - 1] == units[i].name) {
			factor = units[i].seconds;
			n--;
			break;
		}
	}
	r = num_parse(value, n, UINT_MAX / factor, &number);
	if (r < 0)
		return r;
	*ret_seconds = (unsigned)number * factor;
	return 0;
}

void value_format_duration(unsigned seconds, struct buf *out)
{
	size_t i = 0;

	while (seconds == 0 || seconds % units[i].seconds != 0) {
		if (i + 1 == UNIT_COUNT)
			break;
		i++;
	}
	buf_addf(out, "%u%c", seconds / units[i].seconds, units[i].name);
}

bool value_is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (strcasecmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
	return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

#define DISTANCE_MAX 32

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein's distance, one row of the table at a time. */
unsigned value_distance(const char *a, const char *b)
{
	size_t n = strlen(b);
	unsigned row[DISTANCE_MAX + 1];

	if (strlen(a) > DISTANCE_MAX || n > DISTANCE_MAX)
		return UINT_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; a[i]; i++) {
		unsigned corner = row[0];

		row[0] = (unsigned)i + 1;
		for (size_t j = 0; j < n; j++) {
			unsigned above = row[j + 1];
			bool same = tolower((unsigned char)a[i]) ==
				    tolower((unsigned char)b[j]);

			row[j + 1] = least(above + 1, row[j] + 1, corner + !same);
			corner = above;
		}
	}
	return row[n];
}
