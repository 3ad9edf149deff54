/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_report - what one host says of itself and its VMs, every 2 s and on change.
 *
 * Filled by the adapters (libvirt, /proc), multicast by the wire, kept in the view. A report is a whole, never a
 * difference: a lost one costs 2 s and nothing else.
 */
#ifndef HA_REPORT_H
#define HA_REPORT_H

#include "agent/core/model/ha_types.h"

/* A migration that is running on this host as its source. All 0 when none. */
typedef struct {
    guint64 total_bytes;
    guint64 processed_bytes;
    guint64 remaining_bytes;
    guint64 dirty_bytes_per_s;
    guint64 bandwidth_bytes_per_s;
    guint32 downtime_ms; /* expected */
    guint32 iteration;
    guint32 elapsed_ms;
} HaMigration;

typedef struct {
    char *name;        /* libvirt domain name = Pacemaker resource id */
    char *uuid;        /* canonical lower case */
    HaVmState state;   /* never UNKNOWN in a report with libvirt OK */
    guint64 mem_bytes; /* maximum memory */
    guint64 rss_bytes; /* of the QEMU process; 0 unknown */
    guint32 vcpus;
    guint32 cpu_permille; /* of one core, over the last sample; may pass 1000 */
    HaMigration migration;
    char *failure; /* nullable: why its last migration away from here failed, for half a minute after (Pacemaker keeps
                      no reason) */
    char *definition; /* nullable: what it was started with, by its mark; NULL: nobody noted it */
    char *cpu; /* nullable: key of the processor that it was given (HaReport.cpus); NULL: any will do, or unknown */
} HaReportVm;

/* A processor that a running VM was given. What it is made of is the adapter's affair (agent/io/io_cpu.h): the core
 * compares keys. */
typedef struct {
    char *key;
    char *text; /* in cpus: what it is; in cpu_lacks: why this host can't offer it */
} HaReportCpu;

/* A storage source (disk back end) that some VM of the cluster needs, as probed from this host. */
typedef struct {
    char *key; /* "iscsi://host:port", "nbd://host:port", "rbd://pool", "file:/dir", "block:/dev/x" */
    gboolean ok;
    char *reason; /* nullable when ok */
} HaReportStorage;

typedef struct {
    char *node; /* corosync name */
    guint32 node_id;
    guint64 seq;   /* grows by one a report; starts anew with hactld */
    char *version; /* hactld's */
    HaLibvirtState libvirt;
    char *libvirt_error; /* nullable; why it is away */
    char *hypervisor;    /* e.g. "QEMU 7.2.22, libvirt 9.0.0"; nullable when away */
    guint32 cores;
    guint64 mem_total_bytes;
    guint64 mem_available_bytes;
    guint64 mem_reserve_bytes; /* kept for the host itself */
    guint32 cpu_permille;      /* of all cores, 0..1000 */
    guint32 load1_permille;    /* 1-minute load average x 1000 */
    guint32 psi_cpu_permille, psi_memory_permille,
        psi_io_permille;         /* "some" avg10 x 10; 0 when the kernel has no PSI */
    gint64 time_s;               /* its clock when it was sent, Unix; 0 unknown */
    guint64 ipc_buffer_bytes;    /* PCMK_ipc_buffer; 0: Pacemaker's default */
    guint32 definitions_missing; /* named by the CIB, and not on this host */
    GPtrArray *bridges;          /* char*, ascending */
    GPtrArray *storage;          /* HaReportStorage*, ascending key */
    GPtrArray *vms;              /* HaReportVm*, ascending name */
    GPtrArray *cpus;             /* HaReportCpu*, ascending key: what its VMs were given */
    GPtrArray *cpu_lacks;        /* HaReportCpu*, ascending key: of those in the cluster, what it can't offer */
} HaReport;

HaReportVm *ha_report_vm_new(const char *name);
void ha_report_vm_free(HaReportVm *vm);
HaReportStorage *ha_report_storage_new(const char *key, gboolean ok, const char *reason);
void ha_report_storage_free(HaReportStorage *storage);

HaReportCpu *ha_report_cpu_new(const char *key, const char *text);
void ha_report_cpu_free(HaReportCpu *cpu);

/** ha_report_new - an empty report: libvirt AWAY, empty arrays that own their elements. @node: copied. */
HaReport *ha_report_new(const char *node, guint32 node_id);
void ha_report_free(HaReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaReport, ha_report_free)

/** ha_report_sort - put every array in its order. Adapters call it once after filling. */
void ha_report_sort(HaReport *report);

/** ha_report_find_vm - Returns: borrowed, NULL when the report has no such VM. O(log n). */
const HaReportVm *ha_report_find_vm(const HaReport *report, const char *name);
gboolean ha_report_has_bridge(const HaReport *report, const char *bridge);
/** ha_report_find_storage - Returns: borrowed, NULL when the key was never probed there. */
const HaReportStorage *ha_report_find_storage(const HaReport *report, const char *key);

/** ha_report_find_cpu - @cpus: cpus or cpu_lacks. Returns: borrowed, NULL when it is not there. */
const HaReportCpu *ha_report_find_cpu(const GPtrArray *cpus, const char *key);

/**
 * ha_report_reserve_default - max(2 GiB, 5 %), at most a quarter of the total.
 * 2 GiB: what a host with corosync, Pacemaker, libvirt, its page cache and the QEMU overhead of a few VMs takes. 5 %:
 * that overhead grows with the VMs, thus with the memory. A quarter: small hosts stay usable.
 */
guint64 ha_report_reserve_default(guint64 total_bytes);

#endif
