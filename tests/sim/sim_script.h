/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_script - a scenario: commands (sim_verbs.h), then a line of dashes, then the story that they must lead to: the
 * notes, and what an admin would notice besides. Lines that begin with # are comments.
 */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include "tests/sim/sim_world.h"

/**
 * sim_script_run - run one file.
 * @rewrite: put what happened instead of what was expected.
 * @ret_class: SIM_OK, a broken promise, or SIM_TRACE_DIFFERS.
 * Returns: FALSE and @error when the file can't be read or has an illegal line.
 */
gboolean sim_script_run(const char *path, gboolean verbose, gboolean rewrite, SimClass *ret_class, GError **error);

#endif
