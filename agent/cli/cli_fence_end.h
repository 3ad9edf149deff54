/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli_fence_end - how a verb of the fence family says that it is done: a line, or fence-change.json. */
#ifndef CLI_FENCE_END_H
#define CLI_FENCE_END_H

#include "agent/cli/cli_verbs.h"

/** cli_fence_print_end - @subject: the device or node. @text: how it is now. */
void cli_fence_print_end(const CliRun *run, const char *subject, const char *text);

#endif
