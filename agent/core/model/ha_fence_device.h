/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_fence_device - a fence device as the CIB has it, and one as an admin wants it. Data.
 */
#ifndef HA_FENCE_DEVICE_H
#define HA_FENCE_DEVICE_H

#include <glib.h>

#define HA_FENCE_PREFIX "hactl-fence-" /* ids of the devices that hactl made */
#define HA_FENCE_PARAMETERS_MAX 64u
#define HA_FENCE_VALUE_MAX 1024u /* bytes of a parameter's value */

/* What Pacemaker says of a device. It fences with one that is stopped as well: "started" only means that some node
 * monitors it. */
typedef enum {
    HA_FENCE_STOPPED,  /* enabled, monitored nowhere at present */
    HA_FENCE_STARTED,  /* a node monitors it, and it answered */
    HA_FENCE_FAILED,   /* its start or monitor failed, and no other node could take it over */
    HA_FENCE_DISABLED, /* target-role=Stopped: Pacemaker won't fence with it */
    HA_FENCE_STATES
} HaFenceState;

typedef struct {
    char *name;        /* the resource's id */
    char *agent;       /* "fence_ipmilan" */
    gboolean asks;     /* no list of hosts: Pacemaker asks the device whom it can fence (pcmk_host_check) */
    GPtrArray *hosts;  /* char*, ascending: of pcmk_host_list or pcmk_host_map; empty when it asks */
    GPtrArray *banned; /* char*, ascending: nodes that may not use it */
    HaFenceState state;
    char *node;     /* nullable: who monitors it; when FAILED, where it failed */
    char *reason;   /* nullable: of the failure */
    gint64 since_s; /* Unix time of its newest result; 0 unknown */
} HaFenceDevice;

/* A level of <fencing-topology>: all its devices together fence the node; a lower index is tried first. */
typedef struct {
    char *node;
    guint32 index;
    GPtrArray *devices; /* char* */
} HaFenceLevel;

HaFenceDevice *ha_fence_device_new(const char *name);
void ha_fence_device_free(HaFenceDevice *device);
HaFenceLevel *ha_fence_level_new(const char *node, guint32 index);
void ha_fence_level_free(HaFenceLevel *level);

/* ---- what an admin asks for ---- */

typedef struct {
    char *name, *value;
} HaFenceParameter;

typedef struct {
    char *name;            /* without HA_FENCE_PREFIX */
    char *agent;           /* nullable: of a device that is to go */
    GPtrArray *hosts;      /* char*: pcmk_host_list, and who may not use it */
    GPtrArray *parameters; /* HaFenceParameter*, ascending name */
} HaFenceSpec;

HaFenceSpec *ha_fence_spec_new(const char *name, const char *agent);
/** ha_fence_spec_put - set a parameter. */
void ha_fence_spec_put(HaFenceSpec *spec, const char *name, const char *value);
HaFenceSpec *ha_fence_spec_copy(const HaFenceSpec *spec);
void ha_fence_spec_free(HaFenceSpec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaFenceSpec, ha_fence_spec_free)

const char *ha_fence_state_word(HaFenceState state);

#endif
