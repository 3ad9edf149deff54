/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_needs - what a VM's definition asks of a host. io_definition.c reads it out of the libvirt XML.
 */
#ifndef HA_NEEDS_H
#define HA_NEEDS_H

#include "agent/core/model/ha_types.h"

typedef struct {
    char *hash; /* sha256 of the XML: the definition's identity */
    char *name;
    char *uuid;      /* canonical lower case */
    guint64 mem_mib; /* <memory>, rounded up */
    guint32 vcpus;
    GPtrArray *bridges; /* char*, ascending, no doubles */
    GPtrArray *storage; /* char*, ascending, no doubles: keys as in HaReportStorage */
    char *local_disk;   /* nullable: path of the first image that only this host has */
    char *host_device;  /* nullable: the first passed-through device, in the admin's words */
} HaNeeds;

HaNeeds *ha_needs_new(void);
void ha_needs_free(HaNeeds *needs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaNeeds, ha_needs_free)

#endif
