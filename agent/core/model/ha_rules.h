/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_rules - what the groups' rules say: of a whole configuration (is it sound?), and of one VM on one node (may it be
 * there, what does it cost?). Pure; every planner and every request asks here.
 */
#ifndef HA_RULES_H
#define HA_RULES_H

#include "agent/core/model/ha_group.h"

typedef enum {
    HA_RULES_UNKNOWN,       /* a rule names a node or group that does not exist */
    HA_RULES_CYCLE,         /* groups wait for each other */
    HA_RULES_CONTRADICTION, /* two rules, both named, can't both hold */
    HA_RULES_UNSATISFIABLE, /* hard rules that the nodes can't meet */
    HA_RULES_IN_USE,        /* the group has VMs, or others wait for it */
    HA_RULES_BROKEN,        /* running VMs lie as the new rule forbids */
} HaRulesError;

#define HA_RULES_ERROR (ha_rules_error_quark())
GQuark ha_rules_error_quark(void);

/* A VM's group, and where it runs. */
typedef struct {
    char *vm;    /* first: sorted by it */
    char *group; /* HA_GROUP_DEFAULT need not be among the groups */
    char *node;  /* nullable: it does not run, or nobody knows where */
} HaRulesMember;

HaRulesMember *ha_rules_member_new(const char *vm, const char *group, const char *node);
void ha_rules_member_free(HaRulesMember *member);

/**
 * ha_rules_check - are these groups, with these VMs, sound on these nodes?
 * @groups: HaGroup*, ascending name, no doubles.
 * @members: HaRulesMember*, every VM; their nodes don't matter here.
 * @nodes: char*, ascending: those that exist, up or not.
 *
 * Refused, each with both rules or names: groups and nodes that do not exist; cycles in `after`; a tier later than that
 * of a group that waits for it; node rules that exclude each other; more VMs hard apart than nodes allowed.
 */
gboolean ha_rules_check(const GPtrArray *groups, const GPtrArray *members, const GPtrArray *nodes, GError **error);

/** ha_rules_check_delete - may @group go? Not while it has VMs or another waits for it; "default" always stays. */
gboolean ha_rules_check_delete(const GPtrArray *groups, const GPtrArray *members, const char *group, GError **error);

/**
 * ha_rules_check_running - do the VMs that run already lie as @group's hard rules ask? Pacemaker would move or stop
 * those that don't, as soon as the rule is written.
 * @members: every VM, with its node; those of @group matter.
 */
gboolean ha_rules_check_running(const HaGroup *group, const GPtrArray *members, GError **error);

/* ---- one VM on one node, while a plan is made ---- */

typedef struct HaRules HaRules;

/** ha_rules_new - @groups: borrowed, ascending; must outlive the result. No VM is anywhere yet. */
HaRules *ha_rules_new(const GPtrArray *groups);
void ha_rules_free(HaRules *rules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaRules, ha_rules_free)

/** ha_rules_put - @vm of @group is on @node now (NULL: nowhere), wherever it was. @group: nullable. */
void ha_rules_put(HaRules *rules, const char *vm, const char *group, const char *node);
/** ha_rules_leaving - @vm, put where it is going, is on @node still, and stays there if that fails: those that are hard
 * apart from it can go to neither. Until it is put anew. */
void ha_rules_leaving(HaRules *rules, const char *vm, const char *group, const char *node);

/**
 * ha_rules_forbid - does a hard rule keep @vm off @node, given where the others are?
 * @ret_detail: nullable; (transfer full) on TRUE: "only on node1, node2"; "apart from web2".
 */
gboolean ha_rules_forbid(const HaRules *rules, const char *vm, const char *group, const char *node, char **ret_detail);

/* What soft rules think of a node; less is better. */
typedef struct {
    guint hard; /* hard prefer: outranks every load */
    guint soft; /* in the scores' unit (ha_types.h): 100 is weighed as a tenth of the node's memory */
} HaRulesCost;

HaRulesCost ha_rules_cost(const HaRules *rules, const char *vm, const char *group, const char *node);

/* ---- a group's rules by themselves, wherever its VMs are; @group: nullable, then it has none ---- */

/** ha_rules_bound - must its VMs move as one? (hard together) */
gboolean ha_rules_bound(const HaGroup *group);

/** ha_rules_wants - does its only_on, hard or soft, leave @node to its VMs? */
gboolean ha_rules_wants(const HaGroup *group, const char *node);

#endif
