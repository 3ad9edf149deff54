/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ra_share - what another host said of its domains, shared by the starts of this host.
 *
 * After the loss of a host many VMs start here at once, and each must know of every other host that it is not there.
 * One of them asks for the names of all domains, and writes them to DIR/NODE, under the lock (flock) of DIR/.NODE. The
 * others wait for that lock; what they find then they use, if the asking began after they did: no answer is older than
 * its question. If it began before, the one that has got the lock asks again, and so for all that have come since.
 *
 *   the file                                                       then
 *   a killed asker                                                 its lock is free, its file the old one: ask
 *   torn, of another boot, without the right end                   as none: ask
 *   a lock that nobody gives back within wait_ms, or can be had    ask for oneself, share nothing
 *   an asker that waited less patiently and heard nothing          as none: ask
 */
#pragma once

#include "resource-agents/ra_guard_rule.h"

typedef struct {
    gint64 began_us;      /* monotonic: when the asking began */
    gint reach_ms;        /* how long the host's kernel was waited for */
    RaGuardAnswer answer; /* ABSENT: its libvirt answered, and names counts; else SILENT or UNREACHABLE */
    GPtrArray *names;     /* char*: all its domains, running or not */
} RaShare;

RaShare *ra_share_new(RaGuardAnswer answer);
void ra_share_free(RaShare *share);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RaShare, ra_share_free)

/** RaShareAsk - ask the host. Returns: (transfer full); began_us and reach_ms are not its business. */
typedef RaShare *(*RaShareAsk)(gpointer data);

/**
 * ra_share_get - what @node says.
 * @dir: made if need be; where that fails nothing is shared.
 * @node: a node's name: no '/', no dot in front.
 * @since_us: monotonic: no answer to a question that is older.
 * @reach_ms: how long the caller would wait for the host's kernel.
 * @wait_ms: how long to wait for somebody else's asking.
 *
 * Returns: (transfer full). Several threads may call it, for nodes of their own.
 */
RaShare *ra_share_get(
    const char *dir, const char *node, gint64 since_us, gint reach_ms, gint wait_ms, RaShareAsk ask, gpointer data);

/** ra_share_has - is there a domain of that name? */
gboolean ra_share_has(const RaShare *share, const char *vm);

/** ra_share_format, _parse - the file's text; pure. @boot: which boot of the host its times belong to, one word.
 * Returns: (transfer full); NULL for what can't be written, or is not whole. */
char *ra_share_format(const RaShare *share, const char *boot);
RaShare *ra_share_parse(const char *text, const char *boot);
