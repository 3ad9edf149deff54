/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ra_gate - one agent of this host at a time: a locked file (flock), which the kernel opens again when its holder dies.
 */
#pragma once

#include <glib.h>

/**
 * ra_gate_try - lock the file @path, made when it is not there, unless somebody holds it.
 * @ret_held: somebody does.
 * Returns: a descriptor, as of ra_gate_enter(); -1: it is held, or can't be made.
 */
int ra_gate_try(const char *path, gboolean *ret_held);

/**
 * ra_gate_enter - wait until nobody else holds @dir/@name, at most until @until_us (monotonic).
 * @dir: made when it is not there.
 * @stop: nullable; set by a signal handler: not waited for any longer.
 *
 * Nobody is promised a place in the queue.
 * Returns: a descriptor to be closed when the gate may open for the next, closed by exec; -1: it is held still, or
 * can't be made.
 */
int ra_gate_enter(const char *dir, const char *name, gint64 until_us, const gint *stop);
