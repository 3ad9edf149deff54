/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_definition.h"
#include "agent/cli/cli_domain.h"
#include "agent/cli/cli_interrupt.h"

CliExit cmd_vm_set(CliRun *run, GError **error)
{
    const CliOptions *options = &run->options;
    const char *vm = options->args[0];
    g_autofree char *title = g_strdup_printf("vm set %s", vm), *hash = NULL;
    if (!options->mem_mib && !options->vcpus) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "%s: nothing to set; give --memory SIZE or --vcpu N", title);
        return CLI_EXIT_USAGE;
    }
    cli_interrupt_catch();
    g_autoptr(GBytes) old = cli_definition_fetch(vm, CLI_DEFINITION_WANTED, title, &hash, error);
    if (!old)
        return CLI_EXIT_FAILED;
    g_autoptr(GBytes) new = cli_domain_resize(old, options->mem_mib, options->vcpus, error);
    if (!new) {
        g_prefix_error(error, "%s: ", title);
        return CLI_EXIT_REFUSED;
    }
    if (!cli_definition_change(vm, hash, new, FALSE, title, error))
        return CLI_EXIT_FAILED;
    g_autofree char *text = g_strdup_printf("%s is changed; it takes effect at its next start", vm);
    cli_definition_print(run, vm, text);
    return CLI_EXIT_DONE;
}
