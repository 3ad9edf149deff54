/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib_fence - what the CIB says of fencing: devices, whom they fence, who may use them, how they are; topology.
 */
#ifndef IO_CIB_FENCE_H
#define IO_CIB_FENCE_H

#include <libxml/tree.h>

#include "agent/core/model/ha_config.h"

/**
 * io_cib_fence_decode - fill fences, fence_levels, fence_watchdog, allow_unfenced and fencing.
 * @cib: borrowed, the whole <cib>.
 * @config: its nodes and stonith_enabled are decoded already.
 *
 * Source: Pacemaker's daemons/fenced/fenced_commands.c, build_port_aliases(), get_host_check_type() and
 * can_fence_host_with_device().
 */
void io_cib_fence_decode(const xmlNode *cib, HaConfig *config);

/**
 * io_cib_fence_write - a device as elements to merge: the primitive hactl-fence-NAME, monitored every minute, and the
 * ban of it on its host.
 * @configuration: the <configuration> to merge; sections are made when missing.
 *
 * A device of one host is never that host's to use; one of several hosts needs them all, and bans none.
 */
void io_cib_fence_write(xmlNode *configuration, const HaFenceSpec *spec);

#endif
