/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_group.h"

#include <string.h>

#include "agent/core/model/ha_sorted.h"

HaGroup *ha_group_new(const char *name)
{
    HaGroup *group = g_new0(HaGroup, 1);
    group->name = g_strdup(name);
    group->tier = HA_TIER_DEFAULT;
    group->restarts = 2;
    group->restart_window_s = 600;
    group->only_on = g_ptr_array_new_with_free_func(g_free);
    group->prefer = g_ptr_array_new_with_free_func(g_free);
    group->after = g_ptr_array_new_with_free_func(g_free);
    group->migration = g_strdup("default");
    return group;
}

static gpointer copy_string(gconstpointer string, gpointer data)
{
    return g_strdup(string);
}

HaGroup *ha_group_copy(const HaGroup *group)
{
    HaGroup *copy = g_memdup2(group, sizeof *group);
    copy->name = g_strdup(group->name);
    copy->migration = g_strdup(group->migration);
    copy->only_on = g_ptr_array_copy(group->only_on, copy_string, NULL);
    copy->prefer = g_ptr_array_copy(group->prefer, copy_string, NULL);
    copy->after = g_ptr_array_copy(group->after, copy_string, NULL);
    return copy;
}

void ha_group_free(HaGroup *group)
{
    if (!group)
        return;
    g_free(group->name);
    g_free(group->migration);
    g_ptr_array_unref(group->only_on);
    g_ptr_array_unref(group->prefer);
    g_ptr_array_unref(group->after);
    g_free(group);
}

static void strings_unique(GPtrArray *strings)
{
    ha_strings_sort(strings);
    for (guint i = strings->len; i-- > 1;)
        if (strcmp(strings->pdata[i - 1], strings->pdata[i]) == 0)
            g_ptr_array_remove_index(strings, i);
}

void ha_group_sort(HaGroup *group)
{
    strings_unique(group->only_on);
    strings_unique(group->prefer);
    strings_unique(group->after);
}

static gboolean strings_equal(const GPtrArray *a, const GPtrArray *b)
{
    if (a->len != b->len)
        return FALSE;
    for (guint i = 0; i < a->len; i++)
        if (strcmp(a->pdata[i], b->pdata[i]) != 0)
            return FALSE;
    return TRUE;
}

gboolean ha_group_equal(const HaGroup *a, const HaGroup *b)
{
    return strcmp(a->name, b->name) == 0 && a->tier == b->tier && a->restarts == b->restarts &&
           a->restart_window_s == b->restart_window_s && a->evacuation == b->evacuation && a->affinity == b->affinity &&
           a->affinity_strength == b->affinity_strength && strings_equal(a->only_on, b->only_on) &&
           a->only_on_strength == b->only_on_strength && strings_equal(a->prefer, b->prefer) &&
           a->prefer_strength == b->prefer_strength && strings_equal(a->after, b->after) && a->ready == b->ready &&
           a->ready_port == b->ready_port && a->ready_delay_s == b->ready_delay_s &&
           strcmp(a->migration, b->migration) == 0 && a->alert == b->alert && a->balance == b->balance;
}

/* ---- words ---- */

static gboolean parse_word(const char *const *words, guint n, const char *word, guint *ret_index)
{
    for (guint i = 0; word && i < n; i++) {
        if (strcmp(words[i], word) != 0)
            continue;
        *ret_index = i;
        return TRUE;
    }
    return FALSE;
}

#define WORDS(Type, stem, count, ...)                                                                                  \
    static const char *const stem##_words[count] = {__VA_ARGS__};                                                      \
    const char *ha_##stem##_word(Type value)                                                                           \
    {                                                                                                                  \
        g_assert((guint)value < (count));                                                                              \
        return stem##_words[value];                                                                                    \
    }                                                                                                                  \
    gboolean ha_##stem##_parse(const char *word, Type *ret_value)                                                      \
    {                                                                                                                  \
        guint index;                                                                                                   \
        if (!parse_word(stem##_words, count, word, &index))                                                            \
            return FALSE;                                                                                              \
        *ret_value = (Type)index;                                                                                      \
        return TRUE;                                                                                                   \
    }

WORDS(HaRuleStrength, rule_strength, HA_RULE_STRENGTHS, "soft", "hard")
WORDS(HaEvacuation, evacuation, HA_EVACUATIONS, "live", "live-or-restart", "never", "stop")
WORDS(HaAffinity, affinity, HA_AFFINITIES, "none", "together", "apart")
WORDS(HaBalance, balance, HA_BALANCES, "auto", "suggest", "never")
WORDS(HaAlertPolicy, alert_policy, HA_ALERTS, "evacuate", "report")
WORDS(HaReady, ready, HA_READIES, "started", "agent", "tcp")
