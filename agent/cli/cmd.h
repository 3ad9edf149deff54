/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd - the verbs' functions, one file each (cmd_NAME.c). Their contract is CliVerbFunc.
 */
#ifndef CMD_H
#define CMD_H

#include "agent/cli/cli_verbs.h"

CliExit cmd_status(CliRun *run, GError **error);
CliExit cmd_node_list(CliRun *run, GError **error);
CliExit cmd_node_show(CliRun *run, GError **error);
CliExit cmd_vm_list(CliRun *run, GError **error);
CliExit cmd_vm_show(CliRun *run, GError **error);
CliExit cmd_vm_add(CliRun *run, GError **error);
CliExit cmd_vm_remove(CliRun *run, GError **error);
CliExit cmd_vm_start(CliRun *run, GError **error);
CliExit cmd_vm_stop(CliRun *run, GError **error);
CliExit cmd_vm_set(CliRun *run, GError **error);
CliExit cmd_vm_edit(CliRun *run, GError **error);
CliExit cmd_vm_diff(CliRun *run, GError **error);
CliExit cmd_import_virtualdomain(CliRun *run, GError **error);
CliExit cmd_migrate(CliRun *run, GError **error);
CliExit cmd_drain(CliRun *run, GError **error);
CliExit cmd_undrain(CliRun *run, GError **error);
CliExit cmd_fence_list(CliRun *run, GError **error);
CliExit cmd_fence_add(CliRun *run, GError **error);
CliExit cmd_fence_remove(CliRun *run, GError **error);
CliExit cmd_fence_check(CliRun *run, GError **error);
CliExit cmd_fence_test(CliRun *run, GError **error);
CliExit cmd_fence_confirm(CliRun *run, GError **error);
CliExit cmd_check(CliRun *run, GError **error);
CliExit cmd_balance(CliRun *run, GError **error);
CliExit cmd_explain(CliRun *run, GError **error);
CliExit cmd_apply(CliRun *run, GError **error);
CliExit cmd_diff(CliRun *run, GError **error);
CliExit cmd_export(CliRun *run, GError **error);
CliExit cmd_events(CliRun *run, GError **error);
CliExit cmd_group_list(CliRun *run, GError **error);
CliExit cmd_group_show(CliRun *run, GError **error);
CliExit cmd_group_create(CliRun *run, GError **error);
CliExit cmd_group_set(CliRun *run, GError **error);
CliExit cmd_group_delete(CliRun *run, GError **error);
CliExit cmd_group_add(CliRun *run, GError **error);
CliExit cmd_group_remove(CliRun *run, GError **error);
CliExit cmd_capacity(CliRun *run, GError **error);
CliExit cmd_failover_list(CliRun *run, GError **error);
CliExit cmd_failover_show(CliRun *run, GError **error);
CliExit cmd_version(CliRun *run, GError **error);
CliExit cmd_help(CliRun *run, GError **error);
CliExit cmd_complete(CliRun *run, GError **error);

/* the first words of a cluster */
CliExit cmd_init(CliRun *run, GError **error);
CliExit cmd_invite(CliRun *run, GError **error);
CliExit cmd_join(CliRun *run, GError **error);

#endif
