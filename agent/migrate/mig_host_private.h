/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mig_host_private - what the two sides of a MigHost share: mig_host.c, the caller's, and mig_host_call.c, the
 * thread's. */
#pragma once

#include "agent/migrate/mig_host.h"

#include <libvirt/libvirt.h>

/** One call's arguments and results; belongs to the thread while it runs. */
typedef struct {
    char *vm;
    char *text; /* XML, a CPU, or a URI */
    char *arch, *machine, *virt_type;
    char *migrate_uri;
    guint64 number;
    gboolean flag;
    gboolean auto_converge;

    MigLook ret_look;
    MigSample ret_sample;
    char *ret_text;
    GPtrArray *ret_domains; /* MigHostDomain* */
    GPtrArray *ret_names;   /* char* */
} MigHostArgs;

typedef gboolean (*MigHostCall)(MigHost *host, MigHostArgs *args, GError **error);

struct MigHost {
    gint refs; /* the caller, and the thread */
    GMutex lock;
    GCond changed;
    char *uri;
    virConnectPtr conn; /* the thread's alone */

    /* under the lock */
    MigHostCall call; /* NULL: idle */
    MigHostArgs *args;
    GError *error;
    gboolean ok;
    gboolean stuck;
    gboolean closing;
    gboolean closed;
};

/* The calls. Each runs in the host's thread, since libvirt's last error is per thread. */
gboolean mig_host_call_open(MigHost *host, MigHostArgs *args, GError **error);
gboolean mig_host_call_look(MigHost *host, MigHostArgs *args, GError **error);
gboolean mig_host_call_xml(MigHost *host, MigHostArgs *args, GError **error);
gboolean mig_host_call_sample(MigHost *host, MigHostArgs *args, GError **error);
gboolean mig_host_call_create(MigHost *host, MigHostArgs *args, GError **error);
gboolean mig_host_call_shutdown(MigHost *host, MigHostArgs *args, GError **error);
gboolean mig_host_call_destroy(MigHost *host, MigHostArgs *args, GError **error);
gboolean mig_host_call_resume(MigHost *host, MigHostArgs *args, GError **error);
gboolean mig_host_call_guest_answers(MigHost *host, MigHostArgs *args, GError **error);
gboolean mig_host_call_addresses(MigHost *host, MigHostArgs *args, GError **error);
gboolean mig_host_call_abort_job(MigHost *host, MigHostArgs *args, GError **error);
gboolean mig_host_call_permit_downtime(MigHost *host, MigHostArgs *args, GError **error);
gboolean mig_host_call_compare_cpu(MigHost *host, MigHostArgs *args, GError **error);
gboolean mig_host_call_migrate(MigHost *host, MigHostArgs *args, GError **error);
gboolean mig_host_call_domains(MigHost *host, MigHostArgs *args, GError **error);
gboolean mig_host_call_names(MigHost *host, MigHostArgs *args, GError **error);
