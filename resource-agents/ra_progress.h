/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ra_progress - tell hactld how a migration goes.
 *
 * One datagram a line, to RUN_DIR/progress.sock, without waiting and without minding whether anybody listens:
 *   vm=NAME phase=PHASE total=B remaining=B processed=B dirty_bps=B bandwidth_bps=B downtime_ms=N iteration=N
 * elapsed_ms=N PHASE is precheck, running, done or failed; failed adds reason="…", escaped as C does it.
 */
#pragma once

#include "agent/migrate/mig_policy.h"

typedef struct {
    int fd; /* -1: nobody to tell */
    char *path;
    const char *vm; /* borrowed */
} RaProgress;

void ra_progress_open(RaProgress *progress, const char *run_dir, const char *vm);
void ra_progress_close(RaProgress *progress);

/** ra_progress_send - send one line. @reason: NULL unless the phase is failed. */
void ra_progress_send(RaProgress *progress, const char *phase, const MigSample *sample, const char *reason);

/** ra_progress_line - the line itself, pure; owned by the caller. */
char *ra_progress_line(const char *vm, const char *phase, const MigSample *sample, const char *reason);
