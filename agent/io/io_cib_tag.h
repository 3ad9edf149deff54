/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib_tag - who is in a group: `tag hactl-vms-GROUP`, an obj_ref for each VM. Plain libxml2.
 *
 * Constraints name the tag, which stands for all that it lists. A group without VMs has none: the schema wants one at
 * least. A VM that no tag lists is in the group `default`, which has a tag only while a constraint names it: a VM that
 * leaves it then needs no removal, and changes its group in one operation.
 */
#ifndef IO_CIB_TAG_H
#define IO_CIB_TAG_H

#include "agent/io/io_cib_build.h"

typedef struct {
    char *vm; /* first: sorted by it */
    char *group;
} IoCibMember;

IoCibMember *io_cib_member_new(const char *vm, const char *group);
void io_cib_member_free(IoCibMember *member);

/** io_cib_tag_id - the id of @group's tag. Returns: (transfer full). */
char *io_cib_tag_id(const char *group);
/** io_cib_tag_group - the group whose tag has this id. @id: nullable. Returns: borrowed from @id; NULL: it is none. */
const char *io_cib_tag_group(const char *id);

/** io_cib_tag_read - Returns: (transfer full) VM's name -> its group's, both borrowed from @cib; to look up only. */
GHashTable *io_cib_tag_read(const xmlNode *cib);

/**
 * io_cib_tag_group_of - the group of a VM.
 * @tagged: of io_cib_tag_read().
 * Returns: borrowed from the CIB, or static; NULL: it is no VM of hactl's.
 */
const char *io_cib_tag_group_of(const xmlNode *primitive, GHashTable *tagged);

/**
 * io_cib_tag_put - bring the tags to what @members ask for; what is right is left alone.
 * @members: IoCibMember*, ascending vm: all there will be.
 * @groups: HaGroup*: all there will be; their rules say whether `default` has a tag.
 */
void io_cib_tag_put(const IoCibBuild *build, const GPtrArray *members, const GPtrArray *groups);

#endif
