/* SPDX-License-Identifier: ISC */
/* One row for each option of mailchute.conf(5): its name, its form, its built-in value. */
#ifndef CONF_OPTION_H
#define CONF_OPTION_H

#include <stdbool.h>

#include "base/buf.h"
#include "conf/conf.h"

/* The key of that name, or CONF_KEY_COUNT. */
enum conf_key option_find(const char *name);

/* The key whose name is nearest to a mistyped one, or CONF_KEY_COUNT if none is near. */
enum conf_key option_guess(const char *name);

/* True if the option has a state "not set", which "" stands for. */
bool option_may_be_empty(enum conf_key key);

/* Where an option may stand. */
enum option_scope {
	OPTION_GENERAL, /* outside of sections: it is about the machine */
	OPTION_ACCOUNT, /* outside for the default account, and in each account's section */
	OPTION_ROUTE, /* in sections only: the default account has what no other takes */
};

enum option_scope option_scope(enum conf_key key);

/* Copies the value of KEY, and where it came from, from FROM to TO. False without memory. */
bool option_copy(struct conf *to, const struct conf *from, enum conf_key key);

/* True if NAME looks like one for a password, which has no place in the file. */
bool option_is_secret(const char *name);

/*
 * Sets KEY in *CONF from the text VALUE. False, with the reason and what to do in *WHY and *CONF
 * as it was, if it does not fit; also without memory, which buf_failed(WHY) tells.
 */
bool option_set(struct conf *conf, enum conf_key key, const char *value, struct buf *why);

/* Fills *CONF (zeroed) with the built-in values. False without memory. */
bool option_defaults(struct conf *conf);

/* Frees the strings of *CONF that belong to options. */
void option_free_strings(struct conf *conf);

#endif
