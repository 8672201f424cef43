/* SPDX-License-Identifier: ISC */
#include "mail/stamp.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"

static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
	"Sep", "Oct", "Nov", "Dec" };

static void local_time(time_t when, struct tm *ret)
{
	if (!localtime_r(&when, ret))
		gmtime_r(&(time_t){ 0 }, ret); /* a year that does not fit an int */
}

void stamp_date(time_t when, struct buf *out)
{
	struct tm tm;
	long zone;

	local_time(when, &tm);
	zone = labs(tm.tm_gmtoff) / 60;
	buf_addf(out, "%s, %d %s %04d %02d:%02d:%02d %c%02ld%02ld", days[tm.tm_wday],
		tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
		tm.tm_sec, tm.tm_gmtoff < 0 ? '-' : '+', zone / 60, zone % 60);
}

void stamp_date_field(const char *name, time_t when, struct buf *out)
{
	buf_addf(out, "%s: ", name);
	stamp_date(when, out);
	buf_adds(out, "\r\n");
}

void stamp_short_date(time_t when, struct buf *out)
{
	struct tm tm;

	local_time(when, &tm);
	buf_addf(out, "%s %s %2d %02d:%02d:%02d", days[tm.tm_wday], months[tm.tm_mon],
		tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void stamp_message_id(const char *host, struct buf *out)
{
	uint64_t random = 0;

	/* If the kernel has no random bytes yet, the address of a local and the process
	 * number still tell processes apart; the time does the rest. */
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		random = (uint64_t)(uintptr_t)&random ^ ((uint64_t)getpid() << 40);
	buf_addf(out, "<%llx.%llx@%s>", (unsigned long long)clock_real_ms(),
		(unsigned long long)random, host);
}
