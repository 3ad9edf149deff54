/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_job - a drain, a return or a migration as its admin follows it: each VM's way, and the end. Pure: views and the
 * time go in, a state and news come out.
 *
 * The job holds no truth: the cluster works on without it, and a job that starts in the middle (a rejoin) reaches the
 * same end. It believes only sound views (quorate, CIB read) and takes an end for an end when it has held for a moment.
 */
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include "agent/cli/cli_style.h"
#include "agent/core/ha_core.h"
#include "proto/hactl.pb-c.h"

#include <json-glib/json-glib.h>

#define CLI_JOB_SETTLE_MS 3000 /* how long an end must hold */
#define CLI_JOB_BEGIN_MS 15000 /* how long the cluster may take to show that it began */
#define CLI_JOB_GAP_MS 5000    /* views further apart than this: what was seen before the gap counts for nothing */

typedef enum {
    CLI_JOB_DRAIN,   /* subject: the node */
    CLI_JOB_RETURN,  /* subject: the node */
    CLI_JOB_UNDRAIN, /* subject: the node; nothing moves, what moves is cancelled */
    CLI_JOB_MIGRATE, /* subject: the VM */
} CliJobKind;

typedef enum {
    CLI_JOB_RUNNING,
    CLI_JOB_DONE,
    CLI_JOB_PARTIAL, /* some VMs stay, each with its reason */
    CLI_JOB_FAILED,
    CLI_JOB_CANCELLED,   /* by another command */
    CLI_JOB_TIMEOUT,     /* set from outside: cli_job_end */
    CLI_JOB_INTERRUPTED, /* set from outside: cli_job_end */
    CLI_JOB_STATES
} CliJobState;

typedef enum {
    CLI_MOVE_WAITING,
    CLI_MOVE_MOVING,
    CLI_MOVE_RETRYING, /* failed, runs where it was, is tried again */
    CLI_MOVE_STAYS,    /* can't be moved; detail and remedy say why */
    CLI_MOVE_LANDED,
    CLI_MOVE_DOWN,   /* is to run and runs nowhere: Pacemaker recovers it */
    CLI_MOVE_GONE,   /* stopped or removed meanwhile by an admin */
    CLI_MOVE_PARKED, /* shut down with the drain, as its group's evacuation mode says */
    CLI_MOVE_STATES
} CliMoveState;

typedef struct {
    char *vm, *from;
    char *to; /* nullable: not chosen yet */
    HaMoveMode mode;
    CliMoveState state;
    gint64 begun_ms;    /* when it was first seen moving; 0: not yet */
    gint64 duration_ms; /* of the landed move; -1 unknown */
    guint32 progress_permille;
    guint64 bandwidth_bytes_per_s, dirty_bytes_per_s; /* 0 unknown */
    guint failures;
    gint64 retry_in_ms;
    char *detail;  /* nullable: why it stays, or what failed last */
    char *remedy;  /* nullable */
    gboolean told; /* that it stays was said */
} CliJobMove;

/* Something that happened. Lasting news stay on a terminal; the others only show without one. */
typedef struct {
    char *text;
    CliColour colour;
    gboolean lasting;
} CliNews;

typedef struct {
    CliJobKind kind;
    char *subject;
    char *target; /* nullable: migrate --to */
    CliJobState state;
    GPtrArray *moves;              /* CliJobMove*, in the plan's order, then as they were seen */
    GPtrArray *news;               /* CliNews*, not yet told; the display empties it */
    gint64 begun_ms, ended_ms;     /* monotonic */
    gint64 settle_ms, patience_ms; /* CLI_JOB_SETTLE_MS, CLI_JOB_BEGIN_MS; tests shorten them */
    gint64 updated_ms;             /* the last sound view; 0: none yet */
    gint64 watched_ms;             /* sound views have come without a gap since then */
    gboolean seen;                 /* the cluster was seen at work on it */
    CliJobState candidate;         /* an end that has to hold */
    gint64 candidate_ms;           /* since when */
    guint64 last_note;             /* notes up to this id are known */
    gboolean note_seen;            /* last_note is set */
    gboolean sound;                /* the last view could be believed */
    gboolean standby;              /* the node's, in the last view */
    HaDrainState drain;            /* the node's, in the last view */
} CliJob;

/**
 * cli_job_new - @plan: nullable; its moves become the job's. @target: nullable. All copied.
 */
CliJob *cli_job_new(CliJobKind kind, const char *subject, const char *target, const Hactl__Plan *plan, gint64 now_ms);
void cli_job_free(CliJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CliJob, cli_job_free)

/** cli_job_rejoin - a drain that runs since @since_s: learn from the events which VMs have left already. */
void cli_job_rejoin(CliJob *job, Hactl__Note *const *notes, gsize n, gint64 since_s);

/** cli_job_update - compare with a view; fills news, may end the job. Harmless to repeat with the same view. */
void cli_job_update(CliJob *job, const Hactl__View *view, gint64 now_ms);

/** cli_job_explain - a fresh plan's reasons and remedies for what stays. */
void cli_job_explain(CliJob *job, const Hactl__Plan *plan);

/** cli_job_end - end it from outside: TIMEOUT, INTERRUPTED. */
void cli_job_end(CliJob *job, CliJobState state, gint64 now_ms);

/** cli_job_count - how many moves are in this state. */
guint cli_job_count(const CliJob *job, CliMoveState state);

const char *cli_job_state_word(CliJobState state);
const char *cli_move_word(CliMoveState state);
/** cli_job_title - "drain node3", "migrate web1". Returns: (transfer full). */
char *cli_job_title(const CliJob *job);

/** cli_job_show - the closing table: VM, from, to, time, result; then each VM that stays with reason and remedy. */
void cli_job_show(const CliStyle *style, const CliJob *job, GString *out);
/** cli_job_json - the object that --json prints (docs/json.md, "job"). */
void cli_job_json(JsonBuilder *json, const CliJob *job);

#endif
