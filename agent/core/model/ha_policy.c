/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_policy.h"

#include <string.h>

#include "agent/core/model/ha_sorted.h"

HaPolicy *ha_policy_new(const char *name)
{
    HaPolicy *policy = g_new0(HaPolicy, 1);
    policy->name = g_strdup(name);
    policy->auto_converge = TRUE;
    return policy;
}

HaPolicy *ha_policy_copy(const HaPolicy *policy)
{
    HaPolicy *copy = g_memdup2(policy, sizeof *policy);
    copy->name = g_strdup(policy->name);
    return copy;
}

void ha_policy_free(HaPolicy *policy)
{
    if (!policy)
        return;
    g_free(policy->name);
    g_free(policy);
}

gboolean ha_policy_equal(const HaPolicy *a, const HaPolicy *b)
{
    return strcmp(a->name, b->name) == 0 && a->bandwidth_mibps == b->bandwidth_mibps &&
           a->downtime_ms == b->downtime_ms && a->downtime_max_ms == b->downtime_max_ms &&
           a->deadline_s == b->deadline_s && a->auto_converge == b->auto_converge;
}

char *ha_policy_format(const HaPolicy *policy)
{
    return g_strdup_printf("bandwidth_mibps=%u downtime_ms=%u downtime_max_ms=%u deadline_s=%u auto_converge=%u",
        policy->bandwidth_mibps, policy->downtime_ms, policy->downtime_max_ms, policy->deadline_s,
        policy->auto_converge ? 1 : 0);
}

static void take_pair(HaPolicy *policy, const char *pair)
{
    const struct {
        const char *key;
        guint32 *number;
    } numbers[] = {
        {"bandwidth_mibps=", &policy->bandwidth_mibps},
        {"downtime_ms=", &policy->downtime_ms},
        {"downtime_max_ms=", &policy->downtime_max_ms},
        {"deadline_s=", &policy->deadline_s},
    };
    guint64 value = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (g_str_has_prefix(pair, numbers[i].key) &&
            g_ascii_string_to_unsigned(pair + strlen(numbers[i].key), 10, 0, G_MAXUINT32, &value, NULL))
            *numbers[i].number = (guint32)value;
    }
    if (g_str_has_prefix(pair, "auto_converge="))
        policy->auto_converge = strcmp(pair, "auto_converge=0") != 0;
}

HaPolicy *ha_policy_parse(const char *name, const char *text)
{
    HaPolicy *policy = ha_policy_new(name);
    g_auto(GStrv) pairs = g_strsplit(text, " ", -1);
    for (char **pair = pairs; *pair; pair++)
        take_pair(policy, *pair);
    return policy;
}

GPtrArray *ha_policies_read(const HaConfig *config)
{
    GPtrArray *policies = g_ptr_array_new_with_free_func((GDestroyNotify)ha_policy_free);
    for (guint i = 0; i < config->properties->len; i++) {
        const HaConfigSetting *property = config->properties->pdata[i];
        const char *name = property->name + strlen(HA_POLICY_PROPERTY);
        if (g_str_has_prefix(property->name, HA_POLICY_PROPERTY) && ha_name_check(name))
            g_ptr_array_add(policies, ha_policy_parse(name, property->value));
    }
    ha_sorted_sort(policies);
    return policies;
}
