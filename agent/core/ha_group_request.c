/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An admin's wishes about groups: each is checked as a whole configuration, and for the VMs that run. */
#include "agent/core/ha_group_request.h"

#include <string.h>

#include "agent/core/ha_core_private.h"
#include "agent/core/ha_move.h"
#include "agent/core/model/ha_sorted.h"
#include "agent/core/ha_strict.h"

GPtrArray *ha_group_members(const HaView *view)
{
    GPtrArray *members = g_ptr_array_new_with_free_func((GDestroyNotify)ha_rules_member_free);
    for (guint i = 0; view->config && i < view->config->vms->len; i++) {
        const HaConfigVm *vm = view->config->vms->pdata[i];
        if (vm->group)
            g_ptr_array_add(members, ha_rules_member_new(vm->name, vm->group, ha_view_where(view, vm->name).node));
    }
    return members;
}

GPtrArray *ha_group_nodes(const HaConfig *config)
{
    GPtrArray *nodes = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < config->nodes->len; i++)
        g_ptr_array_add(nodes, g_strdup(((const HaConfigNode *)config->nodes->pdata[i])->node));
    return nodes;
}

/* ---- one request ---- */

typedef struct {
    HaCore *core;
    const HaRequest *request;
    GPtrArray *effects;
    GPtrArray *groups;  /* HaGroup*, ascending: as they would be */
    GPtrArray *members; /* HaRulesMember*: the same */
} Task;

static void answer(const Task *task, HaAnswer kind, const char *text)
{
    ha_answer(task->core, task->effects, task->request->id, kind, "%s", text);
}

/* A rule that a VM on its way would meet half-way could change its target, which costs a reboot (R4). */
static gboolean at_rest(const Task *task, const char *vm)
{
    const HaConfigVm *known = ha_config_find_vm(task->core->view->config, vm);
    if (!known->pin && ha_move_state(task->core->view, known) == HA_MOVE_NONE)
        return TRUE;
    ha_answer(task->core, task->effects, task->request->id, HA_ANSWER_REFUSED,
        "%s is being moved; wait until 'hactl vm show %s' shows no move", vm, vm);
    return FALSE;
}

static gboolean group_at_rest(const Task *task, const char *group)
{
    for (guint i = 0; i < task->members->len; i++) {
        const HaRulesMember *member = task->members->pdata[i];
        if (strcmp(member->group, group) == 0 && !at_rest(task, member->vm))
            return FALSE;
    }
    return TRUE;
}

/* What would be is sound, and what runs in @group obeys its hard rules already. */
static gboolean sound(const Task *task, const char *group)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) nodes = ha_group_nodes(task->core->view->config);
    const HaGroup *policy = ha_sorted_find(task->groups, group);
    if (ha_rules_check(task->groups, task->members, nodes, &error) &&
        (!policy || ha_rules_check_running(policy, task->members, &error)))
        return TRUE;
    answer(task, HA_ANSWER_REFUSED, error->message);
    return FALSE;
}

/* What would be leaves the spare capacity that is there now. */
static gboolean spares(const Task *task)
{
    g_autoptr(HaSuppose) suppose = ha_suppose_new(task->core->view);
    ha_suppose_groups(suppose, task->groups);
    for (guint i = 0; i < task->members->len; i++) {
        const HaRulesMember *member = task->members->pdata[i];
        ha_suppose_member(suppose, member->vm, member->group);
    }
    return ha_strict_permits(task->core, task->request, suppose, NULL, task->effects);
}

static void write_it(const Task *task, GPtrArray *changes, char *text)
{
    GPtrArray *notes = g_ptr_array_new_with_free_func((GDestroyNotify)ha_note_free);
    HaNote *note = ha_note_new(HA_NOTE_GROUP);
    note->text = g_strdup_printf("%s by %s", text, task->request->by ? task->request->by : "an administrator");
    g_ptr_array_add(notes, note);
    ha_write(task->core, task->effects, changes, FALSE, notes, task->request->id, text);
}

/* ---- the kinds ---- */

static void do_set(const Task *task)
{
    const HaGroup *wanted = task->request->group;
    const HaGroup *now = ha_sorted_find(task->groups, wanted->name);
    if (now && task->request->creating)
        ha_answer(task->core, task->effects, task->request->id, HA_ANSWER_REFUSED,
            "group %s exists already; change it with 'hactl group set %s'", wanted->name, wanted->name);
    else if (!now && !task->request->creating)
        ha_answer(task->core, task->effects, task->request->id, HA_ANSWER_UNKNOWN,
            "no group %s; 'hactl group list' names them", wanted->name);
    else if (now && ha_group_equal(now, wanted))
        ha_answer(task->core, task->effects, task->request->id, HA_ANSWER_OK, "group %s is so already", wanted->name);
    else if (!now && task->groups->len >= HA_GROUPS_MAX)
        answer(task, HA_ANSWER_REFUSED, "there are as many groups as hactl takes; delete one first");
    else {
        gboolean fresh = now == NULL;
        ha_sorted_put(task->groups, ha_group_copy(wanted));
        if (!sound(task, wanted->name) || !group_at_rest(task, wanted->name) || !spares(task))
            return;
        GPtrArray *changes = ha_change_list_new();
        g_ptr_array_add(changes, ha_change_group_set(wanted));
        write_it(task, changes, g_strdup_printf("group %s %s", wanted->name, fresh ? "created" : "changed"));
    }
}

static void do_delete(const Task *task)
{
    g_autoptr(GError) error = NULL;
    const char *name = task->request->group_name;
    if (!ha_sorted_find(task->groups, name)) {
        ha_answer(task->core, task->effects, task->request->id, HA_ANSWER_UNKNOWN,
            "no group %s; 'hactl group list' names them", name);
        return;
    }
    if (!ha_rules_check_delete(task->groups, task->members, name, &error)) {
        answer(task, HA_ANSWER_REFUSED, error->message);
        return;
    }
    GPtrArray *changes = ha_change_list_new();
    HaChange *change = ha_change_new(HA_CHANGE_GROUP_DELETE, NULL, NULL, NULL);
    change->group = g_strdup(name);
    g_ptr_array_add(changes, change);
    write_it(task, changes, g_strdup_printf("group %s deleted", name));
}

/* Is @vm there, and where it is to be taken from? Else the request is answered. */
static HaRulesMember *member_to_move(const Task *task, const char *vm)
{
    const HaRequest *request = task->request;
    HaRulesMember *member = ha_sorted_find(task->members, vm);
    if (!ha_config_find_vm(task->core->view->config, vm))
        ha_answer(
            task->core, task->effects, request->id, HA_ANSWER_UNKNOWN, "no VM %s; 'hactl vm list' names them", vm);
    else if (!member)
        ha_answer(task->core, task->effects, request->id, HA_ANSWER_REFUSED,
            "VM %s is in none of hactl's groups, so it can't change to another; remove it and add it with 'hactl vm "
            "add'",
            vm);
    else if (request->from_group && strcmp(member->group, request->from_group) != 0)
        ha_answer(task->core, task->effects, request->id, HA_ANSWER_REFUSED,
            "VM %s is in group %s, not in %s; 'hactl group show %s' names its VMs", vm, member->group,
            request->from_group, request->from_group);
    else if (at_rest(task, vm))
        return member;
    return NULL;
}

static void do_vms(const Task *task)
{
    const HaRequest *request = task->request;
    const char *name = request->group_name;
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_autoptr(GString) moved = g_string_new(NULL);
    if (!ha_sorted_find(task->groups, name)) {
        ha_answer(task->core, task->effects, request->id, HA_ANSWER_UNKNOWN,
            "no group %s; 'hactl group list' names them", name);
        return;
    }
    for (guint i = 0; i < request->vms->len; i++) {
        HaRulesMember *member = member_to_move(task, request->vms->pdata[i]);
        if (!member)
            return;
        if (strcmp(member->group, name) == 0)
            continue;
        HaChange *change = ha_change_new(HA_CHANGE_VM_GROUP_SET, member->vm, NULL, NULL);
        change->group = g_strdup(name);
        g_ptr_array_add(changes, change);
        g_string_append_printf(moved, "%s%s", moved->len ? ", " : "", member->vm);
        g_free(member->group);
        member->group = g_strdup(name);
    }
    if (!changes->len)
        ha_answer(task->core, task->effects, request->id, HA_ANSWER_OK, "they are in group %s already", name);
    else if (sound(task, name) && group_at_rest(task, name) && spares(task))
        write_it(task, g_steal_pointer(&changes), g_strdup_printf("%s put into group %s", moved->str, name));
}

static char *names_of(const GPtrArray *groups)
{
    GString *names = g_string_new(NULL);
    for (guint i = 0; i < groups->len; i++)
        g_string_append_printf(names, "%s%s", i ? ", " : "", ((const HaGroup *)groups->pdata[i])->name);
    return g_string_free(names, FALSE);
}

static Task task_new(HaCore *core, const HaRequest *request, GPtrArray *effects)
{
    Task task = {
        .core = core,
        .request = request,
        .effects = effects,
        .groups = g_ptr_array_new_with_free_func((GDestroyNotify)ha_group_free),
        .members = ha_group_members(core->view),
    };
    for (guint i = 0; i < core->view->config->groups->len; i++)
        g_ptr_array_add(task.groups, ha_group_copy(core->view->config->groups->pdata[i]));
    return task;
}

static void task_clear(Task *task)
{
    g_ptr_array_unref(task->groups);
    g_ptr_array_unref(task->members);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Task, task_clear)

gboolean ha_group_admits(HaCore *core, const HaRequest *request, const char *vm, const char *group, GPtrArray *effects)
{
    g_auto(Task) task = task_new(core, request, effects);
    if (!ha_sorted_find(task.groups, group)) {
        g_autofree char *names = names_of(task.groups);
        ha_answer(core, effects, request->id, HA_ANSWER_UNKNOWN,
            "no group %s; there are: %s. Make it first: hactl group create %s", group, names, group);
        return FALSE;
    }
    if (!group_at_rest(&task, group))
        return FALSE;
    ha_sorted_put(task.members, ha_rules_member_new(vm, group, ha_view_where(core->view, vm).node));
    return sound(&task, group);
}

void ha_group_request_do(HaCore *core, const HaRequest *request, GPtrArray *effects)
{
    g_auto(Task) task = task_new(core, request, effects);
    if (request->kind == HA_REQUEST_GROUP_SET)
        do_set(&task);
    else if (request->kind == HA_REQUEST_GROUP_DELETE)
        do_delete(&task);
    else
        do_vms(&task);
}
