/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mig_run - move one VM live, and say where it is afterwards.
 *
 * In order: look where the VM is; attach to a migration that is already under way; else check and begin one; watch it;
 * ask both hosts and judge. Asked twice, it gives the same answer: a VM that has already arrived is a success
 * (Pacemaker's new controller runs migrate_to again when the old one died). On every failure the VM is left running
 * where it was.
 */
#pragma once

#include "agent/migrate/mig_outcome.h"
#include "agent/migrate/mig_watch.h"

typedef struct {
    const char *vm;         /* libvirt's name of the domain */
    const char *uuid;       /* its identity; NULL: not known */
    const char *local_uri;  /* libvirt here */
    const char *target_uri; /* libvirt there, as both we and libvirt here reach it */
    guint64 bandwidth_mibps;
    gboolean auto_converge; /* QEMU may slow the guest so that the migration ends */
    MigLimits limits;
    gint64 end_us;    /* monotonic; the judgement is given by then, later than limits.deadline_ms allows */
    const gint *stop; /* see MigWatch */
    MigProgressFn progress;
    gpointer progress_data;
} MigRequest;

typedef struct {
    MigOutcome outcome;
    char *reason;   /* why it is not on the target; NULL on MIG_OUTCOME_ON_TARGET */
    gboolean begun; /* a migration was under way at some time */
    MigSample last;
} MigReport;

/**
 * mig_run - do it. Blocks until end_us at the latest.
 * @ret_report: always set; clear with mig_report_clear.
 */
void mig_run(const MigRequest *request, MigReport *ret_report);
void mig_report_clear(MigReport *report);

/**
 * mig_run_stream_uri - where the guest's memory is to flow: to the host that the libvirt URI names.
 * @target_uri: e.g. qemu+tcp://node2/system.
 *
 * libvirt's default is the target's own hostname, which need not resolve here, nor lie on the network chosen.
 * Pure. Returns: "tcp://node2", owned by the caller; NULL when the URI names no host.
 */
char *mig_run_stream_uri(const char *target_uri);
