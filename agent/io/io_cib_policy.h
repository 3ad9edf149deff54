/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib_policy - migration policies on their way to the agent. A part of io_cib_change.c.
 *
 * A policy is the property hactl-migration-NAME. The agent is told by the operation: `migrate_to` of each group that
 * names the policy bears its text as the meta attribute hactl-migration, which the agent finds in its environment. It
 * is no parameter of the VM, so a change of it restarts and reloads nothing.
 */
#ifndef IO_CIB_POLICY_H
#define IO_CIB_POLICY_H

#include "agent/io/io_cib_build.h"

/**
 * io_cib_policy_put - give every group's migrate_to the text of its policy as it is to be after @changes, where it has
 * another. Once, last.
 */
void io_cib_policy_put(const IoCibBuild *build, const GPtrArray *changes);

/**
 * io_cib_policy_concerns - does @change change the policy that a group with this @template names? The template is as it
 * will be.
 */
gboolean io_cib_policy_concerns(const HaChange *change, const xmlNode *template);

/** io_cib_policy_settle - @template, a copy of the group's as it will be: take a text out that goes with @changes. */
void io_cib_policy_settle(const IoCibBuild *build, const GPtrArray *changes, xmlNode *template);

#endif
