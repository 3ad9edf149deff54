/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ra_guard - before a VM is started: ask every other host of the cluster whether it has it. ra_guard_rule.h decides.
 *
 * All hosts at once, each in a thread of its own, over the migration URI, with short deadlines. A host that is gone
 * costs RA_GUARD_LOST_MS; no host that lives is given so little that load alone makes it silent, since the kernel
 * answers whether somebody is there, and only then libvirt is waited for.
 *
 * Starts that run side by side share what a host says (ra_share.h). An answer counts for a start if the asking began
 * after it, at most RA_GUARD_AGE_MS ago; asked again, only what was said since.
 */
#pragma once

#include "resource-agents/ra_env.h"

#define RA_GUARD_LOST_MS 200      /* for a lost host's kernel to answer */
#define RA_GUARD_MEMBER_MS 1000   /* for a member's */
#define RA_GUARD_LIBVIRT_MS 4000  /* for libvirt, where the kernel answered */
#define RA_GUARD_SHARE_MS 1000    /* for another start's asking, before it is asked by oneself */
#define RA_GUARD_PATIENCE_MS 7000 /* for a member's libvirt that may just be restarting */
#define RA_GUARD_AGE_MS 3000

/**
 * ra_guard - may it be started here?
 * @uuid: the VM's identity; NULL: the name alone.
 * @until_us: monotonic; the verdict comes before.
 *
 * Returns: TRUE; FALSE and (transfer full) @ret_why, a reason for the admin that names the host.
 */
gboolean ra_guard(const RaEnv *env, const char *uuid, gint64 until_us, char **ret_why);
