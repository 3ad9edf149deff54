/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ra_store - VM definitions by their hash.
 *
 * A definition is the file DIR/SHA256.xml. hactld puts it there; whoever uses it hashes what was read, so that a torn,
 * truncated or altered file is never used. Read once, into memory: what was hashed is what is used.
 */
#pragma once

#include "agent/migrate/mig_domain.h"

typedef enum {
    RA_STORE_OK,
    RA_STORE_BAD_ID,     /* the id is no sha256: it cannot exist anywhere */
    RA_STORE_MISSING,    /* not here, or not yet */
    RA_STORE_UNREADABLE, /* no regular file, no permission, too big */
    RA_STORE_WRONG_HASH  /* its content is not what its name says */
} RaStore;

/**
 * ra_store_read - read one definition.
 * @dir: the store; a symbolic link as the last component of the file's path is refused.
 * @id: sha256, 64 lower-case hexadecimal digits; NULL counts as malformed.
 * @ret_xml: on RA_STORE_OK the text, terminated, owned by the caller.
 * @ret_why: on anything else a sentence, owned by the caller; may be NULL.
 */
RaStore ra_store_read(const char *dir, const char *id, char **ret_xml, char **ret_why);

/**
 * ra_store_wait - ra_store_read, repeated until @until_us (monotonic) while the file is missing or torn.
 *
 * A node that has just joined fetches definitions from its peers, which takes seconds.
 */
RaStore ra_store_wait(const char *dir, const char *id, gint64 until_us, char **ret_xml, char **ret_why);
