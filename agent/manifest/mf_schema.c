/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/manifest/mf_schema.h"

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
    static const MfWords stem##_words = {stem##_parse, stem##_word, stem##_all};

WORDS(rule_strength, HaRuleStrength, "soft", "hard")
WORDS(evacuation, HaEvacuation, "live", "live-or-restart", "never", "stop")
WORDS(affinity, HaAffinity, "none", "together", "apart")
WORDS(balance, HaBalance, "auto", "suggest", "never")
WORDS(alert_policy, HaAlertPolicy, "evacuate", "report")
WORDS(ready, HaReady, "started", "agent", "tcp")

#define AT(member) .offset = G_STRUCT_OFFSET(HaGroup, member)

const MfField mf_group_fields[] = {
    {"tier", MF_NUMBER, AT(tier), .min = HA_TIER_MIN, .max = HA_TIER_MAX},
    {"restarts", MF_NUMBER, AT(restarts), .max = HA_RESTARTS_MAX},
    {"restart_window_s", MF_NUMBER, AT(restart_window_s), .max = HA_RESTART_WINDOW_MAX_S},
    {"evacuation", MF_WORD, AT(evacuation), .words = &evacuation_words},
    {"affinity", MF_WORD, AT(affinity), .words = &affinity_words},
    {"affinity_strength", MF_WORD, AT(affinity_strength), .words = &rule_strength_words},
    {"only_on", MF_NODES, AT(only_on), .max = HA_NODES_MAX},
    {"only_on_strength", MF_WORD, AT(only_on_strength), .words = &rule_strength_words},
    {"prefer", MF_NODES, AT(prefer), .max = HA_NODES_MAX},
    {"prefer_strength", MF_WORD, AT(prefer_strength), .words = &rule_strength_words},
    {"after", MF_GROUPS, AT(after), .max = HA_GROUP_AFTER_MAX},
    {"ready", MF_WORD, AT(ready), .words = &ready_words},
    {"ready_port", MF_NUMBER, AT(ready_port), .max = 65535},
    {"ready_delay_s", MF_NUMBER, AT(ready_delay_s), .max = HA_READY_DELAY_MAX_S},
    {"migration", MF_NAME, AT(migration)},
    {"alert", MF_WORD, AT(alert), .words = &alert_policy_words},
    {"balance", MF_WORD, AT(balance), .words = &balance_words},
    {NULL},
};

#undef AT
#define AT(member) .offset = G_STRUCT_OFFSET(HaPolicy, member)

const MfField mf_policy_fields[] = {
    {"bandwidth_mibps", MF_NUMBER, AT(bandwidth_mibps), .max = HA_POLICY_BANDWIDTH_MAX_MIBPS},
    {"downtime_ms", MF_NUMBER, AT(downtime_ms), .min = HA_POLICY_DOWNTIME_MIN_MS, .max = HA_POLICY_DOWNTIME_MAX_MS},
    {"downtime_max_ms", MF_NUMBER, AT(downtime_max_ms), .min = HA_POLICY_DOWNTIME_MIN_MS,
        .max = HA_POLICY_DOWNTIME_MAX_MS},
    {"deadline_s", MF_NUMBER, AT(deadline_s), .min = HA_POLICY_DEADLINE_MIN_S, .max = HA_POLICY_DEADLINE_MAX_S},
    {"auto_converge", MF_YES_NO, AT(auto_converge)},
    {NULL},
};
