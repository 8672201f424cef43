/* SPDX-License-Identifier: ISC */
/*
 * The spool as the flusher sees it. All that changes it on disk is here; the order of the steps is
 * what the table in mailchute-queue(7) promises. What lies in new/ comes from strangers.
 */
#ifndef FLUSHER_STORE_H
#define FLUSHER_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "flusher/junk.h"
#include "flusher/walk.h"
#include "mail/state.h"

struct store {
	const char *path;
	int tmp_fd;
	int new_fd;
	int cur_fd; /* locked: one flusher a spool */
	int failed_fd;
	uid_t services_uid; /* of our services that queue for others */
	struct junk junk;   /* what was found and is no message */
	int refused;	    /* -errno if the disk did not take the last change, else 0 */
};

enum store_folder {
	STORE_TMP,
	STORE_NEW,
	STORE_CUR,
};

/* A claimed message, opened. */
struct claim {
	int fd; /* read only, owned */
	uid_t uid;
	bool by_service;    /* so that what it says about its submitter is true */
	int64_t arrived_ms; /* since the epoch */
};

/* Opens and locks the spool at PATH (kept). 0, or -errno and a sentence in ERROR. */
int store_open(struct store *s, const char *path, char *error, size_t error_size);
void store_close(struct store *s);

/* Starts to look through a folder. 0 or -errno. */
int store_walk(const struct store *s, enum store_folder folder, struct walk *ret);

/* True if NAME in cur/ is a state file. One without its message, or not finished, is removed: to be
 * asked before anything is written. */
bool store_is_state(struct store *s, const char *name);

/* Whose a file in the folder is (who had it queued, if a service of ours did), and how many octets it has. 0; -EBADMSG: it is no regular file;
 * -errno. */
int store_look(const struct store *s, enum store_folder folder, const char *name,
	uid_t *ret_uid, uint64_t *ret_octets);

/* Gives new/ID another queue ID, so that it is found anew. 0 or -errno. */
int store_rename(struct store *s, const char *id);

/* Removes the entry `flush` of new/. 0, and whether root made it; or -errno. */
int store_take_flush(struct store *s, bool *by_root);

/* True if new/ and cur/ have no entry: then the path unit has no reason to start us again. */
bool store_is_empty(const struct store *s);

/* True if its owner took cur/ID from our group, to which files in new/ belong, or its right to read. */
bool store_is_shut(const struct store *s, const char *id);

/* Moves new/ID to cur/ID. 0 or -errno; -EEXIST if cur/ has one of that name. */
int store_claim(struct store *s, const char *id);

/* Opens cur/ID, a regular file and nothing else, and locks it for as long as it is open, which tells
 * mailq that a delivery runs. 0, -EBADMSG if it is something else, -errno. */
int store_read(struct store *s, const char *id, struct claim *ret);

/* Reads cur/ID.state. 1 and *RET; 0 if there is none; -errno, -EBADMSG if it cannot be understood. */
int store_read_state(struct store *s, const char *id, struct state *ret);

/* Writes cur/ID.state durably. 0 or -errno. */
int store_write_state(struct store *s, const char *id, const struct state *state);

/* Adds to cur/ID.state, durably, what became of the recipients from FROM up to TO. 0, or -errno and
 * the file has to be written as a whole. */
int store_add_settled(struct store *s, const char *id, const struct state *state,
	size_t from, size_t to);

/* The message is delivered: cur/ID goes, and with HAS_STATE its state file. 0 or -errno. */
int store_remove(struct store *s, const char *id, bool has_state);

/* Removes cur/ID.state, if there is one. 0 or -errno. */
int store_remove_state(struct store *s, const char *id);

/* Moves cur/ID to failed/ and writes its last state there, durably, in that order that loses
 * nothing. 0 or -errno. */
int store_fail(struct store *s, const char *id, const struct state *state);

/*
 * Moves what is no message out of the way: FOLDER/NAME goes to failed/ under a name of ours, which
 * is put into NEW_NAME. 0 or -errno; -ENOENT: it is gone, as an empty directory is; -EISDIR: a directory
 * that its owner alone may move.
 */
int store_set_aside(
	struct store *s, enum store_folder folder, const char *name, char new_name[64]);

/* Removes what dead submitters left in tmp/. Returns how many files that were. */
unsigned store_clean_tmp(struct store *s);

#endif
