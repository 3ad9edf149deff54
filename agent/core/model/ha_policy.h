/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_policy - a migration policy: how the VMs of the groups that name it are moved live.
 *
 * Data and words. In the CIB a policy is the property `hactl-migration-NAME`, and its values are parameters of
 * the groups that name it (agent/io/io_cib_policy.h); the resource agent obeys them at the next migration.
 */
#ifndef HA_POLICY_H
#define HA_POLICY_H

#include "agent/core/model/ha_config.h"

#define HA_POLICY_DEFAULT                                                                                              \
    "default" /* what hactl.conf says on each host, unless the cluster has a policy of that name */
#define HA_POLICY_PROPERTY "hactl-migration-" /* the name of its property begins so */
#define HA_POLICIES_MAX 100u
#define HA_POLICY_BANDWIDTH_MAX_MIBPS 1000000u
#define HA_POLICY_DOWNTIME_MIN_MS 10u
#define HA_POLICY_DOWNTIME_MAX_MS 60000u
#define HA_POLICY_DEADLINE_MIN_S 30u
#define HA_POLICY_DEADLINE_MAX_S 86400u

typedef struct {
    char *name;              /* first: arrays of policies are sorted by it */
    guint32 bandwidth_mibps; /* 0: what hactl.conf says */
    guint32 downtime_ms;     /* the interruption permitted at first; 0: what hactl.conf says */
    guint32 downtime_max_ms; /* and at the end; 0: the agent's own limit */
    guint32 deadline_s;      /* given up after it, the VM stays; 0: the operation's timeout alone */
    gboolean auto_converge;  /* QEMU may slow the guest so that the migration ends */
} HaPolicy;

/** ha_policy_new - no limits, auto_converge. @name: copied. */
HaPolicy *ha_policy_new(const char *name);
HaPolicy *ha_policy_copy(const HaPolicy *policy);
void ha_policy_free(HaPolicy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaPolicy, ha_policy_free)

gboolean ha_policy_equal(const HaPolicy *a, const HaPolicy *b);

/**
 * ha_policy_format - the CIB's text: "bandwidth_mibps=100 downtime_ms=300 ...", every key.
 * Returns: (transfer full).
 */
char *ha_policy_format(const HaPolicy *policy);
/** ha_policies_read - those of the cluster. Returns: (transfer full) HaPolicy*, ascending name. */
GPtrArray *ha_policies_read(const HaConfig *config);

/** ha_policy_parse - the inverse. Unknown keys are passed over, missing ones are ha_policy_new's. Returns: (transfer
 * full). */
HaPolicy *ha_policy_parse(const char *name, const char *text);

#endif
