/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_definition_store - this host's copies of the VMs' definitions, each under the hash of its content.
 *
 * A file DIR/HASH.xml is written whole or not at all (temporary file, fsync, rename), is checked against its name
 * whenever it is read, and never changes. The directory is root's alone: definitions may hold secrets.
 */
#ifndef IO_DEFINITION_STORE_H
#define IO_DEFINITION_STORE_H

#include "agent/io/io_definition.h"

#define IO_DEFINITION_STORE_DIR "/var/lib/hactl/definitions"

/**
 * io_definition_store_read - read one and verify it, without opening the store: for the resource agent.
 * @dir: the store. A symbolic link as the last component of the file's path is refused.
 * @hash: nullable, any text.
 * @ret_len: nullable.
 *
 * What was hashed is what is returned. Returns: (transfer full) terminated text; NULL with IO_DEFINITION_ERROR_MISSING
 * (also for what is no hash), _HASH (the file is damaged: put it again or remove it) or _IO.
 */
char *io_definition_store_read(const char *dir, const char *hash, gsize *ret_len, GError **error);

typedef struct IoDefinitionStore IoDefinitionStore;

/**
 * io_definition_store_new - open; makes the directory (0700) with its parents, removes what an interrupted write left.
 * @dir: copied.
 * Returns: (transfer full); NULL and @error (IO_DEFINITION_ERROR_IO).
 */
IoDefinitionStore *io_definition_store_new(const char *dir, GError **error);
void io_definition_store_free(IoDefinitionStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IoDefinitionStore, io_definition_store_free)

/**
 * io_definition_store_put - keep a definition. One that is there already is a success, and counts as referred to now.
 * @xml: @len in 1..HA_DEFINITION_BYTES_MAX; not parsed here.
 * @expected: nullable; the hash that the sender claimed. Another one is IO_DEFINITION_ERROR_HASH, and nothing is
 * written.
 * @ret_hash: nullable; (transfer full), set on success.
 */
gboolean io_definition_store_put(
    IoDefinitionStore *store, const void *xml, gsize len, const char *expected, char **ret_hash, GError **error);

/**
 * io_definition_store_put_all - keep several, with one wait for the disk instead of two for each.
 * @hashes: char*; @xmls: GBytes*, as many; borrowed. The hashes were verified when they came.
 *
 * Returns: FALSE and @error; some may then be kept, each whole.
 */
gboolean io_definition_store_put_all(
    IoDefinitionStore *store, const GPtrArray *hashes, const GPtrArray *xmls, GError **error);

/** io_definition_store_get - io_definition_store_read, of this store. One that is missing is no longer counted as kept.
 */
char *io_definition_store_get(IoDefinitionStore *store, const char *hash, gsize *ret_len, GError **error);

/** io_definition_store_has - is there a file of that name? Content is verified by get. No I/O. */
gboolean io_definition_store_has(const IoDefinitionStore *store, const char *hash);

/**
 * io_definition_store_list - the hashes kept. Returns: (transfer full) char*, ascending.
 * Only well-formed names; files of other names are passed over.
 */
GPtrArray *io_definition_store_list(const IoDefinitionStore *store);

/**
 * io_definition_store_referred_s - when it was last referred to: the file's modification time, which touch sets.
 * Returns: Unix seconds; 0 when it can't be told.
 */
gint64 io_definition_store_referred_s(const IoDefinitionStore *store, const char *hash);

/** io_definition_store_touch - it is referred to now. Returns: FALSE and @error when the filesystem says no. */
gboolean io_definition_store_touch(const IoDefinitionStore *store, const char *hash, GError **error);

/** io_definition_store_remove - one that isn't there is a success. */
gboolean io_definition_store_remove(IoDefinitionStore *store, const char *hash, GError **error);

#endif
