/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib_copy - a VM's own copy of its group's template: Pacemaker's meta attributes and the operations, written into
 * its primitive. Plain libxml2.
 *
 * A primitive that names its template would do, but for each of them Pacemaker up to 3.0 searches the whole CIB
 * (docs/scale.md). The ids of the copy begin with hactl-vm-; its sets have the score -1, so that whatever an
 * administrator sets on the VM itself outranks them, as it outranks a template. An operation that he gave the VM
 * himself is not copied. What begins with hactl- is the group's, not the VM's.
 */
#ifndef IO_CIB_COPY_H
#define IO_CIB_COPY_H

#include "agent/io/io_cib_build.h"

/** io_cib_copy_is_vm - is @primitive a VM of hactl's, in this form or as one that names its group's template? */
gboolean io_cib_copy_is_vm(const xmlNode *primitive);

/**
 * io_cib_copy_make - the copy for one VM.
 * @template: the group's, as it will be.
 * @primitive: nullable; the VM as it is.
 * Returns: (transfer full) a <primitive> that holds it and nothing else.
 */
xmlNode *io_cib_copy_make(const xmlNode *template, const xmlNode *primitive, const char *vm, xmlDoc *doc);

/** io_cib_copy_put - have @vm bear the copy: what differs is written, what it has too much goes. */
void io_cib_copy_put(const IoCibBuild *build, const xmlNode *template, const char *vm);

/**
 * io_cib_copy_due - is there a VM that names its group's template, and need not?
 * Where a constraint that hactl did not make names the template, it has to.
 */
gboolean io_cib_copy_due(const xmlNode *cib);

/**
 * io_cib_copy_replace - when nothing else is to be written, and some VM names its group's template and need not: have
 * the write replace <resources> by those in which each such VM bears its copy instead.
 */
void io_cib_copy_replace(const IoCibBuild *build);

#endif
