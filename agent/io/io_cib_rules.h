/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib_rules - the constraints that follow from the groups' policies: `hactl-rule-KIND-GROUP`. Plain libxml2.
 *
 * A few for each group, however many VMs it has: a constraint names the group's tag, which stands for all its VMs. They
 * are a function of the policies and of how many VMs a group has: one without VMs has no tag (io_cib_tag.h).
 * Forms and scores were tried with crm_simulate (docs/groups.md, tests/unit/test_cib_rules.c).
 */
#ifndef IO_CIB_RULES_H
#define IO_CIB_RULES_H

#include "agent/io/io_cib_build.h"

typedef struct {
    const HaGroup *group; /* borrowed */
    guint n_vms;
} IoCibRulesGroup;

/**
 * io_cib_rules_put - bring the constraints to what @groups ask for: those missing or changed are made, others that
 * begin with hactl-rule- go, those that are right are left alone.
 * @groups: IoCibRulesGroup, every group there will be.
 */
void io_cib_rules_put(const IoCibBuild *build, const GArray *groups);

#endif
