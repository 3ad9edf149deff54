/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_interrupt.h"
#include "agent/cli/cli_manifest.h"
#include "agent/core/ha_apply.h"

#include <stdio.h>

static guint count_changes(const Hactl__Apply *apply)
{
    return cli_manifest_count(apply, HA_APPLY_ADD) + cli_manifest_count(apply, HA_APPLY_CHANGE) +
           cli_manifest_count(apply, HA_APPLY_REMOVE);
}

static void print_end(const CliRun *run, guint changes)
{
    if (run->options.json)
        return;
    if (changes == 0)
        printf("nothing to change\n");
    else if (run->options.dry_run)
        printf("%u change%s; nothing was written\n", changes, changes == 1 ? "" : "s");
    else
        printf("%u change%s written; 'hactl status' shows the VMs start\n", changes, changes == 1 ? "" : "s");
}

CliExit cmd_apply(CliRun *run, GError **error)
{
    g_autoptr(MfFile) file = cli_manifest_read(run, error);
    if (!file)
        return CLI_EXIT_FAILED;
    cli_interrupt_catch();
    g_autoptr(WireResult) result = cli_manifest_plan(run, file, !run->options.dry_run, error);
    if (!result)
        return CLI_EXIT_FAILED;
    guint changes = count_changes(result->apply);
    cli_manifest_print(run, file, result->apply);
    if (cli_manifest_count(result->apply, HA_APPLY_REFUSE) > 0) {
        cli_manifest_set_refused(run, result->apply, error);
        return CLI_EXIT_FAILED;
    }
    if (!run->options.dry_run && changes > 0 && !cli_manifest_apply(run, file, error))
        return CLI_EXIT_FAILED;
    print_end(run, changes);
    return CLI_EXIT_DONE;
}

CliExit cmd_diff(CliRun *run, GError **error)
{
    g_autoptr(MfFile) file = cli_manifest_read(run, error);
    g_autoptr(WireResult) result = file ? cli_manifest_plan(run, file, FALSE, error) : NULL;
    if (!result)
        return CLI_EXIT_FAILED;
    cli_manifest_print(run, file, result->apply);
    gboolean refused = cli_manifest_count(result->apply, HA_APPLY_REFUSE) > 0;
    return refused || count_changes(result->apply) > 0 ? CLI_EXIT_DIFFERENT : CLI_EXIT_DONE;
}
