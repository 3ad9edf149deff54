/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_fence_guard - may this host be fenced for a test? Pure.
 */
#ifndef CLI_FENCE_GUARD_H
#define CLI_FENCE_GUARD_H

#include "proto/hactl.pb-c.h"

#include <glib.h>

/**
 * cli_fence_test_check - is it safe to reboot @node?
 * @with_vms: the admin accepts that VMs running there are cut off, and that it is not drained.
 *
 * It has to be known, online, another host than this, covered by a device, empty and drained; all others have to be
 * online, and quorate without it. Returns: FALSE with the exit code's error.
 */
gboolean cli_fence_test_check(const Hactl__View *view, const char *node, gboolean with_vms, GError **error);

#endif
