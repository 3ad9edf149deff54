/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_script - a scenario: commands, then a line of dashes, then the notes that it must lead to.
 *
 *   nodes N | seed S | limit N | memory NODE MIB             the cluster, before "start"
 *   vm NAME NODE MIB [local-disk|host-device]
 *   start                                                    20 s pass until it has settled
 *   drain NODE [restart] | undrain NODE [return] | migrate VM [NODE] | stop VM | run VM
 *   kill NODE|leader | off NODE|leader | on NODE             hactld; power
 *   cut NODE | heal | libvirt NODE away|back | fail PERMILLE | lose-agents PERMILLE
 *   wait SECONDS | settle
 *   # a comment
 */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include "tests/sim/sim_world.h"

/**
 * sim_script_run - run one file.
 * @rewrite: put the notes that came instead of those that were expected.
 * @ret_class: SIM_OK, a broken promise, or SIM_TRACE_DIFFERS.
 * Returns: FALSE and @error when the file can't be read or has an illegal line.
 */
gboolean sim_script_run(const char *path, gboolean verbose, gboolean rewrite, SimClass *ret_class, GError **error);

#endif
