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
 * io_definition_store_put - keep a definition. One that is there already is a success.
 * @xml: @len in 1..HA_DEFINITION_BYTES_MAX; not parsed here.
 * @expected: nullable; the hash that the sender claimed. Another one is IO_DEFINITION_ERROR_HASH, and nothing is
 * written.
 * @ret_hash: nullable; (transfer full), set on success.
 */
gboolean io_definition_store_put(
    IoDefinitionStore *store, const void *xml, gsize len, const char *expected, char **ret_hash, GError **error);

/**
 * io_definition_store_get - read and verify.
 * Returns: (transfer full) terminated text; NULL with IO_DEFINITION_ERROR_MISSING, _HASH (the file is damaged: put it
 * again or remove it) or _IO.
 */
char *io_definition_store_get(IoDefinitionStore *store, const char *hash, gsize *ret_len, GError **error);

/** io_definition_store_has - is there a file of that name? Content is verified by get. No I/O. */
gboolean io_definition_store_has(const IoDefinitionStore *store, const char *hash);

/**
 * io_definition_store_list - the hashes kept. Returns: (transfer full) char*, ascending.
 * Only well-formed names; files of other names are passed over.
 */
GPtrArray *io_definition_store_list(const IoDefinitionStore *store);

/** io_definition_store_remove - one that isn't there is a success. */
gboolean io_definition_store_remove(IoDefinitionStore *store, const char *hash, GError **error);

#endif
