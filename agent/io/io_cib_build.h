/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib_build - a write to the CIB while it is being put together: elements of the modification, XPaths of what goes.
 * For io_cib_change.c and its parts alone.
 */
#ifndef IO_CIB_BUILD_H
#define IO_CIB_BUILD_H

#include "agent/io/io_cib_change.h"

typedef struct {
    const xmlNode *cib;
    char *condition;     /* XPath of <cib> while the term holds and nothing that is pinned or unpinned migrates */
    GPtrArray *removals; /* char*: XPaths */
    IoCibWrite *write;
    GHashTable *there;  /* id -> element of the CIB's <resources> */
    GHashTable *wanted; /* id -> element of the modification's: io_cib_build_resource */
} IoCibBuild;

/** io_cib_build_init - begin. @cib, @write: borrowed; @condition: (transfer full). */
void io_cib_build_init(IoCibBuild *build, const xmlNode *cib, char *condition, IoCibWrite *write);
void io_cib_build_clear(IoCibBuild *build);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(IoCibBuild, io_cib_build_clear)

/** io_cib_build_section - the child of <configuration> to merge: "resources", "nodes", ... */
xmlNode *io_cib_build_section(const IoCibBuild *build, const char *tag);
/** io_cib_build_child - the child <tag id=ID>, made when missing. @id: nullable, for elements that occur once. */
xmlNode *io_cib_build_child(xmlNode *parent, const char *tag, const char *id);
/**
 * io_cib_build_resource - the element <@tag id=@id> of the modification's <resources>, made when missing. Always
 * through this, never through io_cib_build_child: thousands of VMs are found by an index.
 */
xmlNode *io_cib_build_resource(const IoCibBuild *build, const char *tag, const char *id);
/** io_cib_build_wanted - the same, NULL when this list makes and changes none. @id: nullable. */
xmlNode *io_cib_build_wanted(const IoCibBuild *build, const char *tag, const char *id);
void io_cib_build_prop(xmlNode *node, const char *name, const char *value);
void io_cib_build_nvpair(xmlNode *set, const char *id, const char *name, const char *value);
/**
 * io_cib_build_attribute - set @name in a name-value set of @owner, in the place where @existing has it.
 * @existing: nullable; the element as it is in the CIB now.
 * @owner: the element to merge.
 * @new_set_id, @new_nvpair_id: for what is not there yet. An admin's tool may have made the set and the nvpair with ids
 * of its own: a second one of the same name would contradict it.
 */
void io_cib_build_attribute(const xmlNode *existing, xmlNode *owner, const char *set_tag, const char *new_set_id,
    const char *new_nvpair_id, const char *name, const char *value);
/** io_cib_build_remove - what is at this path below <configuration> goes, before anything is merged. */
void io_cib_build_remove(const IoCibBuild *build, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** io_cib_build_vm, _template - the element as it is in the CIB now, NULL when there is none. By an index too. */
xmlNode *io_cib_build_vm(const IoCibBuild *build, const char *vm);
xmlNode *io_cib_build_template(const IoCibBuild *build, const char *group);

#endif
