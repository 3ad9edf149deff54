/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_view.h"

#include "agent/cli/cli_error.h"

const Hactl__ViewNode *cli_view_node(const Hactl__View *view, const char *name)
{
    for (gsize i = 0; name && i < view->n_nodes; i++)
        if (g_str_equal(view->nodes[i]->node, name))
            return view->nodes[i];
    return NULL;
}

const Hactl__ViewVm *cli_view_vm(const Hactl__View *view, const char *name)
{
    for (gsize i = 0; name && i < view->n_vms; i++)
        if (g_str_equal(view->vms[i]->name, name))
            return view->vms[i];
    return NULL;
}

const char *cli_view_dc(const Hactl__View *view)
{
    for (gsize i = 0; i < view->n_nodes; i++)
        if (view->nodes[i]->is_dc)
            return view->nodes[i]->node;
    return NULL;
}

guint cli_view_in_state(const Hactl__View *view, HaVmState state)
{
    guint n = 0;
    for (gsize i = 0; i < view->n_vms; i++)
        n += view->vms[i]->state == state;
    return n;
}

gboolean cli_view_moving(const Hactl__ViewVm *vm)
{
    return vm->move == HA_MOVE_PINNED || vm->move == HA_MOVE_MOVING || vm->move == HA_MOVE_LANDING;
}

gboolean cli_view_definition_waits(const Hactl__ViewVm *vm)
{
    return vm->running_definition && vm->definition && !g_str_equal(vm->running_definition, vm->definition);
}

gboolean cli_view_sound(const Hactl__View *view)
{
    return view->quorate && view->pacemaker;
}

/* The same words as hactld's own answer. */
static void set_unknown(const Hactl__View *view, const char *kind, const char *list, const char *name, GError **error)
{
    if (!view->pacemaker)
        g_set_error(error, CLI_ERROR, CLI_EXIT_NO_PACEMAKER,
            "%s %s: Pacemaker's configuration can't be read on this host; is it running? systemctl status pacemaker",
            kind, name);
    else
        g_set_error(error, CLI_ERROR, CLI_EXIT_UNKNOWN, "no %s %s; 'hactl %s list' names them", kind, name, list);
}

const Hactl__ViewNode *cli_view_check_node(const Hactl__View *view, const char *name, GError **error)
{
    const Hactl__ViewNode *node = cli_view_node(view, name);
    if (!node)
        set_unknown(view, "node", "node", name, error);
    return node;
}

const Hactl__ViewVm *cli_view_check_vm(const Hactl__View *view, const char *name, GError **error)
{
    const Hactl__ViewVm *vm = cli_view_vm(view, name);
    if (!vm)
        set_unknown(view, "VM", "vm", name, error);
    return vm;
}

HaNote cli_view_note(const Hactl__Note *message)
{
    return (HaNote){
        .id = message->id,
        .kind = (HaNoteKind)message->kind,
        .time_s = message->time_s,
        .vm = message->vm,
        .node = message->node,
        .from = message->from,
        .to = message->to,
        .text = message->text,
        .value = message->value,
        .reason = (HaReason)message->reason,
        .at_ms = message->at_ms,
        .others = message->others,
    };
}
