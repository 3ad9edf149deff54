/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib_change_fence - the changes of fence devices (HA_CHANGE_FENCE_...), for io_cib_change.c.
 */
#ifndef IO_CIB_CHANGE_FENCE_H
#define IO_CIB_CHANGE_FENCE_H

#include "agent/io/io_cib_build.h"

/**
 * io_cib_change_fence_add - the primitive hactl-fence-NAME, monitored every minute, and the ban of it on its host.
 *
 * A device of one host is never that host's to use; one of several hosts needs them all, and bans none.
 * Returns: FALSE with IO_CIB_CHANGE_IMPOSSIBLE when the name is taken.
 */
gboolean io_cib_change_fence_add(const IoCibBuild *build, const HaFenceSpec *spec, GError **error);

/** io_cib_change_fence_remove - @id: of the resource; it goes with its constraints. */
void io_cib_change_fence_remove(const IoCibBuild *build, const char *id);

#endif
