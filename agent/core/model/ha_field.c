/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_field.h"

#include <string.h>

/* The words of one enumeration of ha_group.h, reached by a pointer to the member that holds it. */
#define WORDS(stem, Type, ...)                                                                                         \
    static gboolean stem##_parse(const char *word, gpointer ret_value)                                                 \
    {                                                                                                                  \
        return ha_##stem##_parse(word, (Type *)ret_value);                                                             \
    }                                                                                                                  \
    static const char *stem##_word(gconstpointer value)                                                                \
    {                                                                                                                  \
        return ha_##stem##_word(*(const Type *)value);                                                                 \
    }                                                                                                                  \
    static const char *const stem##_all[] = {__VA_ARGS__, NULL};                                                       \
    static const HaFieldWords stem##_words = {stem##_parse, stem##_word, stem##_all};

WORDS(rule_strength, HaRuleStrength, "soft", "hard")
WORDS(evacuation, HaEvacuation, "live", "live-or-restart", "never", "stop")
WORDS(affinity, HaAffinity, "none", "together", "apart")
WORDS(balance, HaBalance, "auto", "suggest", "never")
WORDS(alert_policy, HaAlertPolicy, "evacuate", "report")
WORDS(ready, HaReady, "started", "agent", "tcp")

#define AT(member) .offset = G_STRUCT_OFFSET(HaGroup, member)

const HaField ha_group_fields[] = {
    {"tier", HA_FIELD_NUMBER, AT(tier), .min = HA_TIER_MIN, .max = HA_TIER_MAX},
    {"restarts", HA_FIELD_NUMBER, AT(restarts), .max = HA_RESTARTS_MAX},
    {"restart_window_s", HA_FIELD_NUMBER, AT(restart_window_s), .max = HA_RESTART_WINDOW_MAX_S},
    {"evacuation", HA_FIELD_WORD, AT(evacuation), .words = &evacuation_words},
    {"affinity", HA_FIELD_WORD, AT(affinity), .words = &affinity_words},
    {"affinity_strength", HA_FIELD_WORD, AT(affinity_strength), .words = &rule_strength_words},
    {"only_on", HA_FIELD_NODES, AT(only_on), .max = HA_NODES_MAX},
    {"only_on_strength", HA_FIELD_WORD, AT(only_on_strength), .words = &rule_strength_words},
    {"prefer", HA_FIELD_NODES, AT(prefer), .max = HA_NODES_MAX},
    {"prefer_strength", HA_FIELD_WORD, AT(prefer_strength), .words = &rule_strength_words},
    {"after", HA_FIELD_GROUPS, AT(after), .max = HA_GROUP_AFTER_MAX},
    {"ready", HA_FIELD_WORD, AT(ready), .words = &ready_words},
    {"ready_port", HA_FIELD_NUMBER, AT(ready_port), .max = 65535},
    {"ready_delay_s", HA_FIELD_NUMBER, AT(ready_delay_s), .max = HA_READY_DELAY_MAX_S},
    {"migration", HA_FIELD_NAME, AT(migration)},
    {"alert", HA_FIELD_WORD, AT(alert), .words = &alert_policy_words},
    {"balance", HA_FIELD_WORD, AT(balance), .words = &balance_words},
    {NULL},
};

#undef AT
#define AT(member) .offset = G_STRUCT_OFFSET(HaPolicy, member)

const HaField ha_policy_fields[] = {
    {"bandwidth_mibps", HA_FIELD_NUMBER, AT(bandwidth_mibps), .max = HA_POLICY_BANDWIDTH_MAX_MIBPS},
    {"downtime_ms", HA_FIELD_NUMBER, AT(downtime_ms), .min = HA_POLICY_DOWNTIME_MIN_MS,
        .max = HA_POLICY_DOWNTIME_MAX_MS},
    {"downtime_max_ms", HA_FIELD_NUMBER, AT(downtime_max_ms), .min = HA_POLICY_DOWNTIME_MIN_MS,
        .max = HA_POLICY_DOWNTIME_MAX_MS},
    {"deadline_s", HA_FIELD_NUMBER, AT(deadline_s), .min = HA_POLICY_DEADLINE_MIN_S, .max = HA_POLICY_DEADLINE_MAX_S},
    {"auto_converge", HA_FIELD_YES_NO, AT(auto_converge)},
    {NULL},
};

static gboolean lists_equal(const GPtrArray *a, const GPtrArray *b)
{
    gboolean same = a->len == b->len;
    for (guint i = 0; same && i < a->len; i++)
        same = strcmp(a->pdata[i], b->pdata[i]) == 0;
    return same;
}

gboolean ha_field_equal(const HaField *field, gconstpointer a, gconstpointer b)
{
    switch (field->type) {
    case HA_FIELD_NUMBER:
        return *HA_FIELD_AT(guint32, a, field) == *HA_FIELD_AT(guint32, b, field);
    case HA_FIELD_YES_NO:
        return *HA_FIELD_AT(gboolean, a, field) == *HA_FIELD_AT(gboolean, b, field);
    case HA_FIELD_WORD:
        return strcmp(field->words->word(HA_FIELD_AT(void, a, field)),
                   field->words->word(HA_FIELD_AT(void, b, field))) == 0;
    case HA_FIELD_NAME:
        return strcmp(*HA_FIELD_AT(char *, a, field), *HA_FIELD_AT(char *, b, field)) == 0;
    case HA_FIELD_NODES:
    case HA_FIELD_GROUPS:
        return lists_equal(*HA_FIELD_AT(GPtrArray *, a, field), *HA_FIELD_AT(GPtrArray *, b, field));
    }
    g_assert_not_reached();
}

static char *list_text(const GPtrArray *names)
{
    GString *text = g_string_new(names->len ? "" : "none");
    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", (const char *)names->pdata[i]);
    return g_string_free(text, FALSE);
}

char *ha_field_text(const HaField *field, gconstpointer object)
{
    switch (field->type) {
    case HA_FIELD_NUMBER:
        return g_strdup_printf("%u", *HA_FIELD_AT(guint32, object, field));
    case HA_FIELD_YES_NO:
        return g_strdup(*HA_FIELD_AT(gboolean, object, field) ? "yes" : "no");
    case HA_FIELD_WORD:
        return g_strdup(field->words->word(HA_FIELD_AT(void, object, field)));
    case HA_FIELD_NAME:
        return g_strdup(*HA_FIELD_AT(char *, object, field));
    case HA_FIELD_NODES:
    case HA_FIELD_GROUPS:
        return list_text(*HA_FIELD_AT(GPtrArray *, object, field));
    }
    g_assert_not_reached();
}

char *ha_field_changes(const HaField *fields, gconstpointer from, gconstpointer to)
{
    GString *text = g_string_new(NULL);
    for (const HaField *field = fields; field->key; field++) {
        if (ha_field_equal(field, from, to))
            continue;
        g_autofree char *old = ha_field_text(field, from);
        g_autofree char *new = ha_field_text(field, to);
        g_string_append_printf(text, "%s%s %s to %s", text->len ? ", " : "", field->key, old, new);
    }
    return g_string_free(text, FALSE);
}
