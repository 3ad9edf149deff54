/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_group - the policy that a group gives its VMs. Data and words; what follows from it is decided elsewhere.
 *
 * In the CIB a group is `template hactl-group-NAME`, with its rules as ordinary constraints (docs/architecture.md). A
 * VM belongs to one group, "default" if none was named.
 */
#ifndef HA_GROUP_H
#define HA_GROUP_H

#include "agent/core/model/ha_types.h"

#define HA_GROUP_DEFAULT "default"
#define HA_GROUPS_MAX 1000u
#define HA_GROUP_AFTER_MAX 16u /* groups that one waits for */
#define HA_TIER_MIN 1u         /* recovered first */
#define HA_TIER_MAX 5u
#define HA_TIER_DEFAULT 3u
#define HA_RESTARTS_MAX 100u
#define HA_RESTART_WINDOW_MAX_S (7u * 86400u)
#define HA_READY_WAIT_S 60u /* a start waits so long for its guest to be ready, then goes on all the same */
#define HA_READY_DELAY_MAX_S 600u

typedef enum {
    HA_RULE_SOFT, /* obeyed while it can be */
    HA_RULE_HARD, /* no plan breaks it; what Pacemaker makes of it: docs/groups.md */
    HA_RULE_STRENGTHS
} HaRuleStrength;

/* What a drain, or an evacuation for hardware's sake, may do with the VMs. */
typedef enum {
    HA_EVACUATE_LIVE,         /* move live, or stay */
    HA_EVACUATE_LIVE_RESTART, /* move live; what can't is stopped and started elsewhere */
    HA_EVACUATE_NEVER,        /* never touched; the drain names it and stays partial */
    HA_EVACUATE_STOP,         /* shut down with the drain, started again with the undrain (ha_park.h) */
    HA_EVACUATIONS
} HaEvacuation;

/* How the group's VMs lie to each other. */
typedef enum {
    HA_AFFINITY_NONE,
    HA_AFFINITY_TOGETHER, /* on one node */
    HA_AFFINITY_APART,    /* each on a node of its own */
    HA_AFFINITIES
} HaAffinity;

typedef enum {
    HA_BALANCE_AUTO,    /* moved for balance */
    HA_BALANCE_SUGGEST, /* named in suggestions, moved by the admin */
    HA_BALANCE_NEVER,
    HA_BALANCES
} HaBalance;

/* What hactl does when a host of such a VM reports a hardware warning. */
typedef enum {
    HA_ALERT_EVACUATE, /* moves off as the evacuation mode permits */
    HA_ALERT_REPORT,   /* said, not acted upon */
    HA_ALERTS
} HaAlertPolicy;

/* When a VM of the group counts as up for those who wait for the group. */
typedef enum {
    HA_READY_STARTED, /* QEMU runs */
    HA_READY_AGENT,   /* the guest agent answers */
    HA_READY_TCP,     /* a TCP port of the guest accepts */
    HA_READIES
} HaReady;

typedef struct {
    char *name; /* first: arrays of groups are sorted by it */
    guint32 tier;
    guint32 restarts;         /* on the same host before the VM moves on: Pacemaker's migration-threshold - 1 */
    guint32 restart_window_s; /* failures older than this are forgotten, 0: none: failure-timeout */
    HaEvacuation evacuation;
    HaAffinity affinity;
    HaRuleStrength affinity_strength;
    GPtrArray *only_on; /* char*, ascending: nodes; empty: any */
    HaRuleStrength only_on_strength;
    GPtrArray *prefer;              /* char*, ascending: nodes */
    HaRuleStrength prefer_strength; /* hard: whatever the load says, while one of them can take it */
    GPtrArray *after;               /* char*, ascending: groups that have to be ready first */
    HaReady ready;
    guint32 ready_port;    /* TCP only */
    guint32 ready_delay_s; /* after the condition is met */
    char *migration;       /* name of the migration policy; "default" */
    HaAlertPolicy alert;
    HaBalance balance;
} HaGroup;

/** ha_group_new - the defaults: tier 3, 2 restarts in 600 s, live, no rules, ready when started, balance auto. @name:
 * copied. */
HaGroup *ha_group_new(const char *name);
HaGroup *ha_group_copy(const HaGroup *group);
void ha_group_free(HaGroup *group);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaGroup, ha_group_free)

/** ha_group_sort - put its lists in their order, without doubles. After filling one. */
void ha_group_sort(HaGroup *group);

/** ha_group_equal - the same name and policy? */
gboolean ha_group_equal(const HaGroup *a, const HaGroup *b);

/* Each enumeration's words, in the CIB, in YAML and on the command line. _parse: outputs untouched and FALSE for an
 * unknown word. */
const char *ha_rule_strength_word(HaRuleStrength strength);
gboolean ha_rule_strength_parse(const char *word, HaRuleStrength *ret_strength);
const char *ha_evacuation_word(HaEvacuation evacuation);
gboolean ha_evacuation_parse(const char *word, HaEvacuation *ret_evacuation);
const char *ha_affinity_word(HaAffinity affinity);
gboolean ha_affinity_parse(const char *word, HaAffinity *ret_affinity);
const char *ha_balance_word(HaBalance balance);
gboolean ha_balance_parse(const char *word, HaBalance *ret_balance);
const char *ha_alert_policy_word(HaAlertPolicy alert);
gboolean ha_alert_policy_parse(const char *word, HaAlertPolicy *ret_alert);
const char *ha_ready_word(HaReady ready);
gboolean ha_ready_parse(const char *word, HaReady *ret_ready);

#endif
