/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_change_list.h"

#include "agent/io/io_cib_copy.h"
#include "agent/io/io_cib_xml.h"

gboolean io_cib_change_list_has(const GPtrArray *changes, HaChangeKind kind)
{
    for (guint i = 0; i < changes->len; i++)
        if (((const HaChange *)changes->pdata[i])->kind == kind)
            return TRUE;
    return FALSE;
}

static gboolean is_pin(const HaChange *change)
{
    return change->kind == HA_CHANGE_PIN_SET || change->kind == HA_CHANGE_PIN_CLEAR;
}

/* Pacemaker may have begun to migrate one of these VMs since the cache was read (an admin's standby, another tool's
 * constraint): a pin that is set or cleared then changes the target in flight, and costs a reboot. */
char *io_cib_change_list_at_rest(const GPtrArray *changes, const char *condition)
{
    GString *whole = g_string_new(condition);
    for (guint i = 0; i < changes->len; i++) {
        const HaChange *change = changes->pdata[i];
        if (!is_pin(change))
            continue;
        g_autofree char *vm = io_xml_quote(change->vm);
        g_string_append_printf(whole,
            "[not(status/node_state/lrm/lrm_resources/lrm_resource[@id=%s]/lrm_rsc_op[@operation='migrate_to' and "
            "@op-status='-1'])]",
            vm);
    }
    return g_string_free(whole, FALSE);
}

static gboolean concerns_groups(HaChangeKind kind)
{
    return kind == HA_CHANGE_GROUP_SET || kind == HA_CHANGE_VM_GROUP_SET || kind == HA_CHANGE_POLICY_COPY;
}

/* Larger VMs and other rules may push off any VM that was there before. */
static gboolean may_disturb(HaChangeKind kind)
{
    return kind == HA_CHANGE_VM_DEFINE || concerns_groups(kind);
}

static gboolean is_asked_for(const HaChange *change)
{
    return change->kind == HA_CHANGE_ROLE_SET || change->kind == HA_CHANGE_VM_REMOVE;
}

/* VMs that an admin has started, stopped or removed by these very changes are not disturbed. */
void io_cib_change_list_neighbours(const GPtrArray *changes, const xmlNode *cib, GPtrArray *names)
{
    gboolean disturbs = FALSE;
    g_autoptr(GHashTable) asked = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < changes->len; i++) {
        const HaChange *change = changes->pdata[i];
        disturbs |= may_disturb(change->kind);
        if (is_asked_for(change))
            g_hash_table_add(asked, change->vm);
    }
    const xmlNode *vm = io_xml_child(io_xml_path(cib, "configuration", "resources", NULL), "primitive");
    for (; disturbs && vm; vm = io_xml_next(vm, "primitive")) {
        const char *id = io_xml_attr(vm, "id");
        if (io_cib_copy_is_vm(vm) && id && !g_hash_table_contains(asked, id))
            g_ptr_array_add(names, g_strdup(id));
    }
}

gboolean io_cib_change_list_at_once(const GPtrArray *changes)
{
    gboolean groups = FALSE;
    for (guint i = 0; i < changes->len; i++) {
        const HaChange *change = changes->pdata[i];
        if (is_pin(change))
            return FALSE;
        groups |= concerns_groups(change->kind);
    }
    return groups;
}
