/* SPDX-License-Identifier: ISC */
#include "mail/expand.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* What is found goes there. */
struct sink {
	expand_found *found;
	void *context;
};

/* Notes that ALIAS has to be followed, unless that was done. */
static void meet(struct expander *e, const struct alias *alias)
{
	size_t i = (size_t)(alias - e->aliases->items);

	if (e->visited[i] && e->visited[i] != e->turn)
		e->reached = true; /* all of it was found for an address before */
	if (e->visited[i])
		return;
	e->visited[i] = e->turn;
	e->met[e->met_count++] = i;
}

static int find_address(struct expander *e, const char *address, const struct sink *sink)
{
	e->reached = true;
	return sink->found(sink->context, address, false);
}

static int find_stuck(struct expander *e, const char *address, const struct sink *sink)
{
	e->stuck = true;
	return sink->found(sink->context, address, true);
}

/* The addresses of "root" in the configuration. */
static int find_root(struct expander *e, const struct sink *sink)
{
	const char *at = e->root, *item;
	size_t n;
	int r = 0;

	while (r == 0 && (item = text_list_next(&at, &n))) {
		char *address = strndup(item, n);

		r = address ? find_address(e, address, sink) : -ENOMEM;
		free(address);
	}
	return r;
}

/* A local user without an alias. */
static int find_user(struct expander *e, const char *address, const struct sink *sink)
{
	if (*e->root)
		return find_root(e, sink);
	if (!e->root_alias)
		return find_stuck(e, address, sink);
	meet(e, e->root_alias);
	return 0;
}

/* An address of the envelope, or the target of an alias. */
static int take(struct expander *e, const char *address, const struct sink *sink)
{
	bool final = *address == '\\';
	const struct alias *alias = NULL;
	char name[LOCAL_NAME_SIZE];

	address += final;
	if (!local_name(&e->local, address, name))
		return find_address(e, address, sink);
	if (!final && !(*e->root && strcmp(name, "root") == 0))
		alias = aliases_find(e->aliases, name);
	if (!alias || alias->count == 0)
		return find_user(e, address, sink);
	meet(e, alias);
	return 0;
}

/* Aliases that led nowhere are followed again when another address leads to them. */
static void forget_turn(struct expander *e)
{
	for (size_t i = 0; i < e->met_count; i++)
		e->visited[e->met[i]] = 0;
}

/* Whatever the aliases that are met lead to. */
static int follow(struct expander *e, const struct sink *sink)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < e->met_count; i++) {
		const struct alias *alias = &e->aliases->items[e->met[i]];

		for (size_t j = 0; r == 0 && j < alias->count; j++)
			r = take(e, alias->targets[j], sink);
	}
	return r;
}

int expand(struct expander *e, const char *address, expand_found *found, void *context)
{
	struct sink sink = { found, context };
	int r;

	e->turn++;
	e->met_count = 0;
	e->reached = e->stuck = false;
	r = take(e, address, &sink);
	if (r == 0)
		r = follow(e, &sink);
	if (r == 0 && !e->reached && !e->stuck) /* the host has another name by now */
		r = find_stuck(e, address, &sink);
	if (r < 0 || e->stuck)
		forget_turn(e);
	return r;
}

static int ignore(void *context, const char *address, bool stuck)
{
	(void)context;
	(void)address;
	(void)stuck;
	return 0;
}

int expander_open(struct expander *e, const struct aliases *aliases, const char *root,
	const char *hostname)
{
	const struct alias *alias = aliases_find(aliases, "root");

	*e = (struct expander){ .aliases = aliases, .root = root };
	local_get(&e->local, hostname);
	e->visited = calloc(aliases->count + 1, sizeof(*e->visited));
	e->met = calloc(aliases->count + 1, sizeof(*e->met));
	if (!e->visited || !e->met) {
		expander_close(e);
		return -ENOMEM;
	}
	if (!*root && alias) {
		expand(e, "root", ignore, NULL);
		forget_turn(e);
		if (e->reached)
			e->root_alias = alias;
	}
	return 0;
}

void expander_close(struct expander *e)
{
	free(e->visited);
	free(e->met);
	*e = (struct expander){ 0 };
}
