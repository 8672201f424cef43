/* SPDX-License-Identifier: ISC */
#include "courier/idn.h"

#include <errno.h>
#include <idn2.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "mail/address.h"

char *idn_address(const char *address)
{
	const char *domain = address_domain(address);
	CLEANUP(buf_free) struct buf ascii = { 0 };
	uint8_t *labels = NULL;

	if (!domain || !utf8_beyond_ascii(domain, strlen(domain)) ||
		idn2_lookup_u8((const uint8_t *)domain, &labels,
			IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return strdup(address);
	buf_add(&ascii, address, (size_t)(domain - address));
	buf_adds(&ascii, (const char *)labels);
	idn2_free(labels);
	return buf_steal(&ascii);
}

static int replace(char **address)
{
	char *ascii = *address ? idn_address(*address) : NULL;

	if (!ascii)
		return -ENOMEM;
	free(*address);
	*address = ascii;
	return 0;
}

int idn_job(struct job *job)
{
	int r = replace(&job->sender.address);

	for (size_t i = 0; r == 0 && i < job->count; i++)
		r = replace(&job->recipients[i].address);
	return r;
}
