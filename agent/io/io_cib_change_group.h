/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib_change_group - the changes of groups and their members, and what follows from a whole list of changes. A part
 * of io_cib_change.c.
 */
#ifndef IO_CIB_CHANGE_GROUP_H
#define IO_CIB_CHANGE_GROUP_H

#include "agent/io/io_cib_build.h"

/**
 * io_cib_change_group_need - @group's template is there, or in this list; "default" is made when it is missing.
 * Returns: FALSE with IO_CIB_CHANGE_IMPOSSIBLE when there is no such group.
 */
gboolean io_cib_change_group_need(const IoCibBuild *build, const char *group, GError **error);

/**
 * io_cib_change_group_join - have the VM @primitive, an element of the modification, be in @group, which
 * io_cib_change_group_need has found. A constraint that hactl did not make may name the group's template: then the VM
 * names it too.
 * Returns: FALSE with IO_CIB_CHANGE_IMPOSSIBLE when it would have to, and can't.
 */
gboolean io_cib_change_group_join(const IoCibBuild *build, xmlNode *primitive, const char *group, GError **error);

/** io_cib_change_group_set, _delete - HA_CHANGE_GROUP_SET, HA_CHANGE_GROUP_DELETE. */
void io_cib_change_group_set(const IoCibBuild *build, const HaGroup *group);
void io_cib_change_group_delete(const IoCibBuild *build, const char *group);

/**
 * io_cib_change_group_follow - tags, rules and the VMs' copies of their policies as they are to be after @changes, if
 * any of these concerns them. Once, last.
 * Returns: FALSE with IO_CIB_CHANGE_IMPOSSIBLE when a VM would be left in a group that is deleted.
 */
gboolean io_cib_change_group_follow(const IoCibBuild *build, const GPtrArray *changes, GError **error);

#endif
