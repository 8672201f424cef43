/* SPDX-License-Identifier: ISC */
#include "flusher/load.h"

#include <stddef.h>

void load_add(struct load *load, struct delivery *d)
{
	d->next = NULL;
	if (load->last)
		load->last->next = d;
	else
		load->first = d;
	load->last = d;
	load->count++;
	load->octets += d->job.size;
}

struct delivery *load_take(struct load *load)
{
	struct delivery *d = load->first;

	load->first = d->next;
	if (!load->first)
		load->last = NULL;
	load->count--;
	load->octets -= d->job.size;
	return d;
}
