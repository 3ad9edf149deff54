/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hd_settings - /etc/hactl/hactl.conf, hactl.conf(5). */
#ifndef HD_SETTINGS_H
#define HD_SETTINGS_H

#include "agent/core/ha_core.h"

#define HD_SETTINGS_PATH "/etc/hactl/hactl.conf"

typedef struct {
    HaSettings core;
    guint64 reserve_bytes; /* [host] reserve_mib; 0: io_host's default */
} HdSettings;

/**
 * hd_settings_load - read the file over the defaults.
 * @path: a file that isn't there leaves the defaults.
 * @ret_settings: set only on TRUE.
 *
 * Returns: FALSE and @error, which names the file, the key and the remedy, when it can't be read, is no key file, or a
 * number is out of range.
 */
gboolean hd_settings_load(const char *path, HdSettings *ret_settings, GError **error);

#endif
