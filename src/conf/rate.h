/* SPDX-License-Identifier: ISC */
/* How much may be sent in which time, as mailchute.conf(5) has it: "14/s, 2000 recipients/day". */
#ifndef CONF_RATE_H
#define CONF_RATE_H

#include <stdbool.h>
#include <stddef.h>

#define RATES_MAX      4 /* of one account */
#define RATE_WORDS     32
#define RATE_COUNT_MAX 100000000

struct rate {
	unsigned count;
	unsigned period_s;
	bool recipients; /* they are counted, not messages */
};

/* Reads the list, or "none": how many there are in it; RATES_MAX + 1 if an item is faulty or there are
 * too many. */
size_t rate_parse_list(const char *list, struct rate to[RATES_MAX]);

/* As it would be written in the file. */
void rate_format(const struct rate *rate, char to[RATE_WORDS]);

#endif
