/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chk_facts - everything the doctor knows, as it was found. Data; the checks only read it.
 *
 * "Not known" is a value of its own everywhere: what could not be looked at is no finding, but for the check that says
 * that it could not be looked at. chk_collect.h fills most of it, hactl the hosts' reports.
 */
#ifndef CHK_FACTS_H
#define CHK_FACTS_H

#include "agent/core/model/ha_config.h"

/* A name and what was found under it. */
typedef struct {
    char *name;
    char *value; /* nullable */
} ChkItem;

typedef enum {
    CHK_UNKNOWN, /* was not asked, or can't be asked from here */
    CHK_GOOD,
    CHK_BAD,
} ChkAnswer;

/* Something that was asked: a fence device, a peer's libvirt, a link of corosync. */
typedef struct {
    char *name;
    ChkAnswer answer;
    char *text; /* nullable: why not */
} ChkProbe;

/* A file that holds a secret. */
typedef struct {
    char *path;
    gboolean there;
    guint32 mode; /* permission bits */
    guint32 uid;
} ChkSecret;

/* A host, as its hactld reports it (through this host's). */
typedef struct {
    char *name;
    gboolean online;          /* in Pacemaker */
    gboolean reports;         /* its hactld speaks */
    char *version;            /* nullable */
    gint64 skew_s;            /* its clock less this host's */
    guint64 ipc_buffer_bytes; /* 0: Pacemaker's default */
    guint missing;            /* definitions that it lacks */
} ChkHost;

/* A VM's definition. */
typedef struct {
    char *vm;
    char *cpu;        /* nullable: the mode of <cpu> */
    char *local_disk; /* nullable: an image that only one host has */
} ChkDefinition;

typedef struct {
    char *node;  /* this host, as the cluster calls it */
    char *uname; /* as it calls itself: uname -n */
    gint64 now_s;

    char *corosync_error; /* nullable: why it can't be asked */
    GPtrArray *cmap;      /* ChkItem*, ascending: corosync's configuration map; empty when it can't be asked */
    GPtrArray *links;     /* ChkProbe*, ascending: "node2, link 0" */

    char *cib_error;            /* nullable */
    HaConfig *config;           /* nullable */
    GPtrArray *constraints;     /* ChkItem*, ascending id; value: the resource */
    GPtrArray *foreign;         /* char*: resources of ocf:heartbeat:VirtualDomain */
    GPtrArray *clear_passwords; /* ChkItem*, ascending: "device parameter" that stands in the CIB; value: the parameter
                                   to use instead, nullable */
    guint64 ipc_buffer_bytes;   /* of this host; 0: not set */

    GPtrArray *fence_targets; /* ChkProbe*, ascending node: does Pacemaker find a device for it? */
    GPtrArray *fence_devices; /* ChkProbe*, ascending id: asked from here */
    GPtrArray *secrets;       /* ChkSecret*: files that devices read passwords from, corosync's key */
    GPtrArray *haclient;      /* char*: who may read the CIB beside root and hacluster */
    GPtrArray *fenced;        /* ChkItem*, ascending node; value: Unix time of the last fencing that succeeded */
    gboolean history_known;   /* fenced could be asked */

    char *libvirt_error;     /* nullable */
    gboolean libvirt;        /* it answers */
    gboolean qemu_conf;      /* /etc/libvirt/qemu.conf could be read */
    char *lock_manager;      /* nullable: of qemu.conf */
    gboolean libvirt_guests; /* the service is enabled */
    GPtrArray *autostart;    /* char*: domains that libvirt starts by itself */
    GPtrArray *peers;        /* ChkProbe*, ascending node: its libvirt, by the migration's address */
    GPtrArray *definitions;  /* ChkDefinition*, in the order of the configuration's VMs */

    char *hactld_error; /* nullable: why this host's can't be asked */
    gboolean hactld;    /* it answers */
    GPtrArray *hosts;   /* ChkHost*, ascending name */
} ChkFacts;

/** chk_facts_new - @uname: this host's; its name in the cluster too, until corosync's map says another. */
ChkFacts *chk_facts_new(const char *uname);
void chk_facts_free(ChkFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ChkFacts, chk_facts_free)

/** chk_item_put - add, or replace. @items: ChkItem*. @value: nullable. */
void chk_item_put(GPtrArray *items, const char *name, const char *value);
/** chk_item_get - Returns: borrowed value, NULL when there is none. */
const char *chk_item_get(const GPtrArray *items, const char *name);
/** chk_item_number - the value as a number of milliseconds, votes, ...; 0 when there is none. */
guint64 chk_item_number(const GPtrArray *items, const char *name);
/** chk_probe_put - @text: nullable. */
void chk_probe_put(GPtrArray *probes, const char *name, ChkAnswer answer, const char *text);
ChkHost *chk_host_put(ChkFacts *facts, const char *name);
ChkDefinition *chk_definition_add(ChkFacts *facts, const char *vm);
void chk_secret_add(ChkFacts *facts, const char *path, gboolean there, guint32 mode, guint32 uid);

#endif
