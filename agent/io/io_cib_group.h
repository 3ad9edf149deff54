/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib_group - a group's policy as `template hactl-group-NAME`: Pacemaker's own meta attributes where it has them,
 * `hactl-...` for the rest, and the operations of its VMs. Plain libxml2.
 *
 *   priority              (6 - tier) * 10
 *   migration-threshold   restarts + 1
 *   failure-timeout       restart window
 *   hactl-evacuation, hactl-alert, hactl-balance, hactl-migration    a word
 *   hactl-affinity        "soft|hard none|together|apart"
 *   hactl-only-on, hactl-prefer    "soft|hard NODE NODE ..."
 *   hactl-after           "GROUP GROUP ...", "-" for none
 *   hactl-ready           "started|agent|tcp [port=N] [delay=S]"; also on the start operation, which hands it to the
 *                         agent without being a parameter, so that its change restarts nothing
 *
 * The constraints that follow from it are io_cib_rules.h's.
 */
#ifndef IO_CIB_GROUP_H
#define IO_CIB_GROUP_H

#include <libxml/tree.h>

#include "agent/core/model/ha_group.h"

/** io_cib_group_id - the template's id. Returns: (transfer full). */
char *io_cib_group_id(const char *group);
/** io_cib_group_name - of a template's id. Returns: borrowed from @id; NULL when it is no group's. @id: nullable. */
const char *io_cib_group_name(const char *id);

/**
 * io_cib_group_read - @template's policy. What it does not say, or says in words not known here, is as in ha_group_new.
 * @template: its id is a group's.
 * Returns: (transfer full).
 */
HaGroup *io_cib_group_read(const xmlNode *template);

/**
 * io_cib_group_write - fill @template, an element of a modification.
 * @existing: nullable; the template as it is in the CIB now.
 */
void io_cib_group_write(const xmlNode *existing, xmlNode *template, const HaGroup *group);

#endif
