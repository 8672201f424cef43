/* SPDX-License-Identifier: ISC */
/* The part of delivery.h that is about whose a message is, and which account it goes by. */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "conf/route.h"
#include "conf/sender.h"
#include "flusher/delivery.h"
#include "flusher/resolve.h"

uint32_t delivery_submitter(const struct delivery *d)
{
	return d->claim.by_service && d->envelope.has_submitter ? d->envelope.submitter
								: d->claim.uid;
}

int delivery_identify(struct delivery *d, const struct conf *conf)
{
	const struct passwd *user =
		conf->account_count ? getpwuid(delivery_submitter(d)) : NULL;
	struct sender_user who = { .uid = delivery_submitter(d) };
	char to[ADDRESS_MAX + 1];
	const char *sender;

	d->sender = resolve_sender(conf->hostname, d->envelope.sender.address);
	d->user = user ? strdup(user->pw_name) : NULL;
	if (!d->sender || !d->user != !user)
		return -ENOMEM;
	who.name = d->user;
	sender = sender_map(conf, d->sender, to);
	d->sent_as = strdup(sender_is_allowed(conf, &who, sender) ? sender : "");
	return d->sent_as ? 0 : -ENOMEM;
}

size_t delivery_route(
	const struct delivery *d, const struct conf *conf, const struct recipient *r)
{
	const struct route_key key = { .sender = d->sent_as,
		.uid = delivery_submitter(d),
		.user = d->user,
		.recipient = r->address };
	size_t account;

	if (r->status != RECIPIENT_PENDING || r->stuck)
		return CONF_ACCOUNTS_MAX;
	account = route_find(conf, &key);
	return d->message->tried >> account & 1 ? CONF_ACCOUNTS_MAX : account;
}
