/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_recommended.h"

#include <string.h>

static const HaRecommended table[] = {
    {HA_SCOPE_PROPERTY, "stonith-enabled", "true", "a host that is lost is fenced before its VMs start elsewhere"},
    {HA_SCOPE_PROPERTY, "no-quorum-policy", "stop",
        "the side without quorum is about to be fenced; it stops by itself"},
    {HA_SCOPE_PROPERTY, "cluster-ipc-limit", "5000", "a daemon may be that many messages behind: VMs times hosts"},
    {HA_SCOPE_PROPERTY, "dc-deadtime", "5s", "a cluster that starts after a power cut elects sooner"},
    {HA_SCOPE_PROPERTY, "load-threshold", "0%", "a busy host recovers VMs as fast as an idle one"},
    {HA_SCOPE_PROPERTY, "node-action-limit", "30", "a host starts many VMs at once"},
    {HA_SCOPE_PROPERTY, "migration-limit", "2", "at most two moves at a host, as source or target"},
    {HA_SCOPE_PROPERTY, "node-health-strategy", "progressive", "a host being drained repels new work"},
    {HA_SCOPE_PROPERTY, "node-health-base", "10000", "the health score never falls below 0, which would stop VMs"},
    {HA_SCOPE_PROPERTY, "priority-fencing-delay", "15s", "of two halves the one with the more important VMs survives"},
    {HA_SCOPE_PROPERTY, "shutdown-lock", "false", "a host that is shut down hands its VMs over"},
    {HA_SCOPE_DEFAULT, "resource-stickiness", "1000", "a running VM stays when a host comes back"},
    {HA_SCOPE_DEFAULT, "migration-threshold", "3", "a VM that keeps failing on one host is tried on another"},
    {HA_SCOPE_DEFAULT, "failure-timeout", "10min", "failures are forgotten, so that a host is not barred for ever"},
};

const HaRecommended *ha_recommended(guint *ret_n)
{
    *ret_n = G_N_ELEMENTS(table);
    return table;
}

static HaChange *change_for(const HaRecommended *row)
{
    HaChangeKind kind = row->scope == HA_SCOPE_PROPERTY ? HA_CHANGE_PROPERTY_SET : HA_CHANGE_DEFAULT_SET;
    HaChange *change = ha_change_new(kind, NULL, NULL, row->value);
    change->name = g_strdup(row->name);
    return change;
}

GPtrArray *ha_recommended_missing(const HaConfig *config, char **ret_other)
{
    GPtrArray *changes = ha_change_list_new();
    g_autoptr(GString) other = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        const HaRecommended *row = &table[i];
        const GPtrArray *set = row->scope == HA_SCOPE_PROPERTY ? config->properties : config->defaults;
        const char *value = ha_config_find_setting(set, row->name);
        if (!value)
            g_ptr_array_add(changes, change_for(row));
        else if (strcmp(value, row->value) != 0)
            g_string_append_printf(
                other, "%s%s=%s (recommended: %s)", other->len ? ", " : "", row->name, value, row->value);
    }
    if (ret_other)
        *ret_other = other->len ? g_strdup(other->str) : NULL;
    return changes;
}
