/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mig_watch - look after one running migration until it has ended.
 *
 * Every MIG_WATCH_STEP_MS: has it ended? else read its numbers, report them, apply the policy. An abort is repeated
 * until the migration has ended, for an abort can come too early or get lost.
 */
#pragma once

#include "agent/migrate/mig_host.h"

#define MIG_WATCH_STEP_MS 250

typedef void (*MigProgressFn)(const MigSample *sample, gpointer user_data);

typedef struct {
    const char *vm;
    const char *local_uri;
    MigHost *migrating; /* whose migrate call is under way; NULL: somebody else's migration, attached to */
    MigLimits limits;
    gint64 end_us;          /* monotonic; give up watching then */
    const gint *stop;       /* atomic; non-zero asks for an abort; NULL: never */
    MigProgressFn progress; /* NULL: nobody listens */
    gpointer progress_data;
} MigWatch;

typedef enum {
    MIG_END_SUCCEEDED, /* the migrate call said so */
    MIG_END_FAILED,    /* the migrate call said so; error set */
    MIG_END_OVER,      /* attached: no outgoing migration is left */
    MIG_END_LOST       /* still under way, or libvirt is silent, at end_us; error set */
} MigEnd;

/**
 * mig_watch_run - watch until the migration has ended or end_us has come.
 * @ret_aborted: a sentence when we asked for the abort ourselves (deadline, stall, @stop); else NULL. Caller owns it.
 * @ret_last: the last numbers seen.
 *
 * Blocks. Opens and re-opens connections of its own.
 */
MigEnd mig_watch_run(const MigWatch *watch, char **ret_aborted, MigSample *ret_last, GError **error);
