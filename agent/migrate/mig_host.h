/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mig_host - one hypervisor, reached over libvirt; every call has a deadline.
 *
 * libvirt's calls block for as long as the other end likes. Each MigHost therefore has a thread of its own, which holds
 * the connection; the caller waits for it with a deadline. A host that missed one is stuck: every later call fails at
 * once, and the thread is left behind (it may come back never). Callers that must go on open another.
 *
 * A MigHost serves one caller at a time. All timeouts are in milliseconds, > 0.
 */
#pragma once

#include "agent/migrate/mig_policy.h"

#include <glib.h>

#define MIG_HOST_CALL_MS 5000
#define MIG_HOST_OPEN_MS 8000

typedef struct MigHost MigHost;

typedef enum {
    MIG_JOB_NONE,
    MIG_JOB_OUTGOING, /* a migration away from here */
    MIG_JOB_INCOMING, /* a migration to here; the domain is not running yet */
    MIG_JOB_OTHER     /* backup, snapshot, dump */
} MigJob;

/** One look at a domain. Without @present, nothing else is set. */
typedef struct {
    gboolean present;
    gboolean persistent;
    char uuid[37];
    int state;  /* virDomainState */
    int reason; /* depends on state */
    MigJob job;
} MigLook;

/** A domain that runs, arrives or is paused: its memory is in use. */
typedef struct {
    char *name;
    guint64 mem_mib; /* the most it may take */
} MigHostDomain;

/** How a migration is to be run. Strings are borrowed until the call began. */
typedef struct {
    const char *target_uri;  /* libvirt of the target */
    const char *migrate_uri; /* where the memory flows; NULL: the target decides */
    guint64 bandwidth_mibps; /* MiB/s; 0: no limit */
    gboolean auto_converge;  /* QEMU may slow the guest */
    gboolean persistent;     /* keep it persistent, over there */
} MigRoute;

typedef enum {
    MIG_WAIT_DONE,   /* it succeeded */
    MIG_WAIT_FAILED, /* it failed; the error says why */
    MIG_WAIT_PENDING /* it is still at it */
} MigWait;

/**
 * mig_host_open - connect.
 * @uri: libvirt connection URI.
 *
 * Returns: a new host, free with mig_host_close; NULL and @error MIG_ERROR_UNREACHABLE or MIG_ERROR_TIMEOUT.
 */
MigHost *mig_host_open(const char *uri, gint timeout_ms, GError **error);

/** mig_host_close - give the host up. A stuck thread, or a migration still running, is left behind, not waited for. */
void mig_host_close(MigHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MigHost, mig_host_close)

/**
 * mig_host_look - see a domain's state, identity and job.
 * @ret_look: set on success; a domain that is not there is a success with present == FALSE.
 */
gboolean mig_host_look(MigHost *host, const char *vm, MigLook *ret_look, gint timeout_ms, GError **error);

/** mig_host_xml - the domain's XML as it would migrate; owned by the caller. */
char *mig_host_xml(MigHost *host, const char *vm, gint timeout_ms, GError **error);

/** mig_host_sample - the numbers of the running migration; fails when there is none. */
gboolean mig_host_sample(MigHost *host, const char *vm, MigSample *ret_sample, gint timeout_ms, GError **error);

/** mig_host_domains - every active domain. Returns: (transfer full) MigHostDomain*; NULL and @error. */
GPtrArray *mig_host_domains(MigHost *host, gint timeout_ms, GError **error);
void mig_host_domain_free(MigHostDomain *domain);

/** mig_host_names - every domain, active or not; one call. Returns: (transfer full) char*; NULL and @error. */
GPtrArray *mig_host_names(MigHost *host, gint timeout_ms, GError **error);

/** mig_host_create - define and start a transient domain. */
gboolean mig_host_create(MigHost *host, const char *xml, gint timeout_ms, GError **error);

/** mig_host_shutdown - ask the guest to shut down. @acpi_only: do not use the guest agent. Returns at once. */
gboolean mig_host_shutdown(MigHost *host, const char *vm, gboolean acpi_only, gint timeout_ms, GError **error);

/** mig_host_destroy - end the domain; MIG_ERROR_ABSENT when it is gone already. */
gboolean mig_host_destroy(MigHost *host, const char *vm, gint timeout_ms, GError **error);

/** mig_host_resume - let a paused domain go on. */
gboolean mig_host_resume(MigHost *host, const char *vm, gint timeout_ms, GError **error);

/** mig_host_guest_answers - does the agent within the guest answer? */
gboolean mig_host_guest_answers(MigHost *host, const char *vm, gint timeout_ms, GError **error);

/**
 * mig_host_addresses - the guest's IP addresses, from libvirt's leases, this host's ARP table and the guest agent.
 * Returns: owned by the caller, NULL-terminated, at least one; NULL with an error when nobody knows any.
 */
char **mig_host_addresses(MigHost *host, const char *vm, gint timeout_ms, GError **error);

/** mig_host_abort_job - end the domain's job (a migration); the migrate call then fails with MIG_ERROR_ABORTED. */
gboolean mig_host_abort_job(MigHost *host, const char *vm, gint timeout_ms, GError **error);

/** mig_host_permit_downtime - how long a running migration may interrupt the guest. */
gboolean mig_host_permit_downtime(MigHost *host, const char *vm, guint downtime_ms, gint timeout_ms, GError **error);

/**
 * mig_host_compare_cpu - can this host run a guest with that CPU?
 * @cpu_xml: a <cpu> element.
 *
 * Returns: TRUE; FALSE with MIG_ERROR_INCOMPATIBLE (the message names the features), MIG_ERROR_UNSUPPORTED (it cannot
 * tell), or another error.
 */
gboolean mig_host_compare_cpu(MigHost *host, const char *arch, const char *machine, const char *virt_type,
    const char *cpu_xml, gint timeout_ms, GError **error);

/**
 * mig_host_migrate_begin - start a live, peer-to-peer migration away from this host and return at once.
 *
 * The host is busy until mig_host_wait has returned something other than MIG_WAIT_PENDING; use another MigHost to
 * watch. Never with the UNSAFE flag: a storage that libvirt holds for unsafe is the admin's to fix. Source: DESIGN,
 * section 5.
 */
void mig_host_migrate_begin(MigHost *host, const char *vm, const MigRoute *route);
MigWait mig_host_wait(MigHost *host, gint timeout_ms, GError **error);
