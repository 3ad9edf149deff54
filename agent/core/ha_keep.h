/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_keep - which definitions a host keeps: those that are referred to, and for a day those that were.
 *
 * A hash is referred to by the configuration of a VM, and by a running domain that was started with it. Every host
 * judges for itself what it has; the time of the last reference is kept with the file (io_definition_store_touch).
 */
#ifndef HA_KEEP_H
#define HA_KEEP_H

#include "agent/core/model/ha_view.h"

#define HA_KEEP_S (24 * 3600)
#define HA_KEEP_TOUCH_S 3600 /* the time of the last reference is this exact */

typedef enum {
    HA_KEEP_LEAVE,
    HA_KEEP_TOUCH,  /* it is referred to now: note the time */
    HA_KEEP_REMOVE, /* nothing has referred to it for a day */
} HaKeep;

/** ha_keep_list - every hash that is referred to. Returns: (transfer container) char*, borrowed from @view, ascending,
 * no doubles. */
GPtrArray *ha_keep_list(const HaView *view);

/** ha_keep_certain - is everything that could refer to a definition known? Quorate, the configuration read, and every
 * host that may run a VM says which. */
gboolean ha_keep_certain(const HaView *view);

/**
 * ha_keep_judge - what to do with one that is stored here.
 * @referred: it is on ha_keep_list.
 * @certain: ha_keep_certain; without it nothing is removed.
 * @referred_s: when it was last referred to, Unix time; 0 unknown. One that lies ahead is a clock's error, and starts
 * anew.
 */
HaKeep ha_keep_judge(gboolean referred, gboolean certain, gint64 referred_s, gint64 now_s);

#endif
