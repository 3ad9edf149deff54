/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/wire/wire_group.h"

#include "agent/wire/wire_text.h"

/* ---- to the message ---- */

char **wire_group_put_names(WireArena *arena, const GPtrArray *names, size_t *ret_n)
{
    char **pointers = wire_arena_pointers(arena, names->len);
    for (guint i = 0; i < names->len; i++)
        pointers[i] = names->pdata[i];
    *ret_n = names->len;
    return pointers;
}

void wire_group_put(WireArena *arena, const HaGroup *group, Hactl__Group *ret_message)
{
    hactl__group__init(ret_message);
    ret_message->name = group->name;
    ret_message->migration = group->migration;
    ret_message->only_on = wire_group_put_names(arena, group->only_on, &ret_message->n_only_on);
    ret_message->prefer = wire_group_put_names(arena, group->prefer, &ret_message->n_prefer);
    ret_message->after = wire_group_put_names(arena, group->after, &ret_message->n_after);
    WIRE_SET(ret_message, tier, group->tier);
    WIRE_SET(ret_message, restarts, group->restarts);
    WIRE_SET(ret_message, restart_window_s, group->restart_window_s);
    WIRE_SET(ret_message, evacuation, group->evacuation);
    WIRE_SET(ret_message, affinity, group->affinity);
    WIRE_SET(ret_message, affinity_strength, group->affinity_strength);
    WIRE_SET(ret_message, only_on_strength, group->only_on_strength);
    WIRE_SET(ret_message, prefer_strength, group->prefer_strength);
    WIRE_SET(ret_message, ready, group->ready);
    WIRE_SET(ret_message, ready_port, group->ready_port);
    WIRE_SET(ret_message, ready_delay_s, group->ready_delay_s);
    WIRE_SET(ret_message, alert, group->alert);
    WIRE_SET(ret_message, balance, group->balance);
}

Hactl__Group **wire_groups_put(WireArena *arena, const GPtrArray *groups)
{
    Hactl__Group *structs = wire_arena_array(arena, groups->len, sizeof *structs);
    Hactl__Group **pointers = wire_arena_pointers(arena, groups->len);
    for (guint i = 0; i < groups->len; i++) {
        wire_group_put(arena, groups->pdata[i], &structs[i]);
        pointers[i] = &structs[i];
    }
    return pointers;
}

/* ---- from the message ---- */

static gboolean name_check(const char *what, const char *name, GError **error)
{
    if (ha_name_check(name))
        return TRUE;
    g_set_error(error, WIRE_ERROR, WIRE_ERROR_TEXT,
        "%s is not a group's name (letters, digits, \"_\", \".\", \"-\"; begins with a letter; at most %u)", what,
        HA_NAME_MAX);
    return FALSE;
}

static gboolean take_strings(const char *what, gboolean (*check)(const char *, const char *, GError **),
    char *const *strings, gsize n, gsize max, GPtrArray *into, GError **error)
{
    if (!wire_text_count(what, n, max, error))
        return FALSE;
    for (gsize i = 0; i < n; i++) {
        if (!check(what, strings[i], error))
            return FALSE;
        g_ptr_array_add(into, g_strdup(strings[i]));
    }
    return TRUE;
}

static gboolean numbers_check(const Hactl__Group *message, GError **error)
{
    return wire_text_positive("group.tier", message->tier, error) &&
           wire_text_at_most("group.tier", message->tier, HA_TIER_MAX, error) &&
           wire_text_at_most("group.restarts", message->restarts, HA_RESTARTS_MAX, error) &&
           wire_text_at_most("group.restart_window_s", message->restart_window_s, HA_RESTART_WINDOW_MAX_S, error) &&
           wire_text_at_most("group.ready_port", message->ready_port, G_MAXUINT16, error) &&
           wire_text_at_most("group.ready_delay_s", message->ready_delay_s, HA_READY_DELAY_MAX_S, error) &&
           (message->ready != HA_READY_TCP || wire_text_positive("group.ready_port", message->ready_port, error));
}

static gboolean words_check(const Hactl__Group *message, GError **error)
{
    return wire_text_below("group.evacuation", message->evacuation, HA_EVACUATIONS, error) &&
           wire_text_below("group.affinity", message->affinity, HA_AFFINITIES, error) &&
           wire_text_below("group.affinity_strength", message->affinity_strength, HA_RULE_STRENGTHS, error) &&
           wire_text_below("group.only_on_strength", message->only_on_strength, HA_RULE_STRENGTHS, error) &&
           wire_text_below("group.prefer_strength", message->prefer_strength, HA_RULE_STRENGTHS, error) &&
           wire_text_below("group.ready", message->ready, HA_READIES, error) &&
           wire_text_below("group.alert", message->alert, HA_ALERTS, error) &&
           wire_text_below("group.balance", message->balance, HA_BALANCES, error);
}

static void take_policy(const Hactl__Group *message, HaGroup *group)
{
    group->tier = message->tier;
    group->restarts = message->restarts;
    group->restart_window_s = message->restart_window_s;
    group->evacuation = (HaEvacuation)message->evacuation;
    group->affinity = (HaAffinity)message->affinity;
    group->affinity_strength = (HaRuleStrength)message->affinity_strength;
    group->only_on_strength = (HaRuleStrength)message->only_on_strength;
    group->prefer_strength = (HaRuleStrength)message->prefer_strength;
    group->ready = (HaReady)message->ready;
    group->ready_port = message->ready_port;
    group->ready_delay_s = message->ready_delay_s;
    group->alert = (HaAlertPolicy)message->alert;
    group->balance = (HaBalance)message->balance;
    g_free(group->migration);
    group->migration = g_strdup(message->migration);
}

HaGroup *wire_group_take(const Hactl__Group *message, GError **error)
{
    if (!name_check("group.name", message->name, error) || !name_check("group.migration", message->migration, error) ||
        !numbers_check(message, error) || !words_check(message, error))
        return NULL;
    g_autoptr(HaGroup) group = ha_group_new(message->name);
    take_policy(message, group);
    if (!take_strings("group.only_on", wire_text_node, message->only_on, message->n_only_on, HA_NODES_MAX,
            group->only_on, error) ||
        !take_strings(
            "group.prefer", wire_text_node, message->prefer, message->n_prefer, HA_NODES_MAX, group->prefer, error) ||
        !take_strings(
            "group.after", name_check, message->after, message->n_after, HA_GROUP_AFTER_MAX, group->after, error))
        return NULL;
    ha_group_sort(group);
    return g_steal_pointer(&group);
}

/* ---- requests ---- */

static gboolean optional_name(const char *what, const char *name, GError **error)
{
    return name == NULL || name_check(what, name, error);
}

static gboolean label_check(const char *what, const char *text, GError **error)
{
    return wire_text_label(what, text, WIRE_LABEL_MAX, error);
}

gboolean wire_group_take_request(const Hactl__Request *message, HaRequest *request, GError **error)
{
    if (!optional_name("request.group_name", message->group_name, error) ||
        !optional_name("request.from_group", message->from_group, error))
        return FALSE;
    request->group_name = g_strdup(message->group_name);
    request->from_group = g_strdup(message->from_group);
    request->creating = message->creating;
    if (message->group != NULL) {
        request->group = wire_group_take(message->group, error);
        if (request->group == NULL)
            return FALSE;
    }
    if (message->n_vms == 0)
        return TRUE;
    request->vms = g_ptr_array_new_with_free_func(g_free);
    return take_strings("request.vms", label_check, message->vms, message->n_vms, HA_VMS_MAX, request->vms, error);
}
