/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_spare.h"

#define PROPERTY "hactl-spare-hosts"

guint ha_spare_hosts(const HaConfig *config)
{
    const char *text = ha_config_find_setting(config->properties, PROPERTY);
    guint64 value;
    if (!text || !g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT, &value, NULL))
        return HA_SPARE_HOSTS_DEFAULT;
    return (guint)MIN(value, HA_CAPACITY_LOSE_MAX);
}

char *ha_spare_breach(const HaView *view, const HaView *would_be, const char *place_lacking)
{
    guint spare = ha_spare_hosts(view->config);
    if (!spare)
        return NULL;
    if (place_lacking)
        return g_strdup_printf("no host has a place for %s even now; 'hactl explain %s' names what each lacks",
            place_lacking, place_lacking);
    g_autoptr(HaCapacity) before = ha_capacity_check(view, spare);
    if (before->n_bad)
        return NULL;
    g_autoptr(HaCapacity) after = ha_capacity_check(would_be, spare);
    const HaCapacityLoss *worst = ha_capacity_worst(after);
    if (!worst)
        return NULL;
    g_autofree char *text = ha_capacity_sentence(after);
    const HaCapacityVm *first = worst->down->pdata[0];
    return g_strdup_printf(
        "with it %s (%s: %s); add memory or a host, stop other VMs, or lower " PROPERTY, text, first->vm, first->why);
}
