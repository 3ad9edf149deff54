/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What changed since the last step, noticed by every core and spoken of once, by the leader. */
#include "agent/core/ha_core_private.h"

static void say(HaCore *core, GPtrArray *effects, HaNoteKind kind, const char *vm, const char *node, char *text)
{
    if (!effects) {
        g_free(text);
        return;
    }
    HaNote *note = ha_note_new(kind);
    note->vm = g_strdup(vm);
    note->node = g_strdup(node);
    note->text = text;
    ha_speak(core, effects, note);
}

/* A state an admin wants to hear of: it stands for itself, it is no step of a move. */
static gboolean worth_saying(HaVmState state)
{
    return state == HA_VM_PAUSED || state == HA_VM_IO_ERROR || state == HA_VM_CRASHED || state == HA_VM_POSTCOPY_BROKEN;
}

static void watch_vm(HaCore *core, const HaConfigVm *vm, GPtrArray *effects)
{
    HaWhere where = ha_view_where(core->view, vm->name);
    HaMark *mark = ha_mark(core->vm_marks, vm->name);
    gboolean was = worth_saying(mark->vm_state), is = worth_saying(where.state);
    if (where.state != mark->vm_state && (is || (was && where.state == HA_VM_RUNNING)))
        say(core, effects, HA_NOTE_VM_STATE, vm->name, where.node,
            g_strdup_printf("%s -> %s", ha_vm_state_word(mark->vm_state), ha_vm_state_word(where.state)));
    if (is || where.state == HA_VM_RUNNING || where.state == HA_VM_ABSENT)
        mark->vm_state = where.state;

    if (where.copies <= 1)
        mark->copies_since_ms = 0;
    else if (!mark->copies_since_ms)
        mark->copies_since_ms = core->view->now_ms;
    gboolean alarm = mark->copies_since_ms && core->view->now_ms - mark->copies_since_ms >= HA_COPIES_PATIENCE_MS;
    if (alarm && !mark->alarmed)
        say(core, effects, HA_NOTE_ALARM, vm->name, where.node,
            g_strdup_printf("%s is reported running on %u hosts at once", vm->name, where.copies));
    mark->alarmed = alarm;
}

static void watch_fencing(HaCore *core, const HaConfigNode *node, HaMark *mark, GPtrArray *effects)
{
    HaFenceGap gap = ha_fence_gap_of(core->view->config, node->node);
    if (mark->seen && gap != mark->fence_gap)
        say(core, effects, HA_NOTE_FENCING, NULL, node->node,
            g_strdup(gap == HA_FENCE_GAP_NONE ? "it can be fenced again" : ha_fence_gap_text(gap, NULL)));
    mark->fence_gap = gap;
}

static void watch_node(HaCore *core, const HaConfigNode *node, GPtrArray *effects)
{
    HaMark *mark = ha_mark(core->node_marks, node->node);
    watch_fencing(core, node, mark, effects);
    if (mark->seen && mark->node_state != node->state)
        say(core, effects, HA_NOTE_NODE_STATE, NULL, node->node,
            g_strdup_printf("%s -> %s", ha_node_state_word(mark->node_state), ha_node_state_word(node->state)));
    mark->seen = TRUE;
    mark->node_state = node->state;
}

void ha_watch(HaCore *core, GPtrArray *effects)
{
    const HaConfig *config = core->view->config;
    if (!config)
        return;
    for (guint i = 0; i < config->nodes->len; i++)
        watch_node(core, config->nodes->pdata[i], effects);
    for (guint i = 0; i < config->vms->len; i++)
        watch_vm(core, config->vms->pdata[i], effects);
}
