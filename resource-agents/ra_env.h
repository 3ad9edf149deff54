/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ra_env - what Pacemaker tells an agent: the OCF environment, its exit codes, its one line of explanation.
 */
#pragma once

#include <glib.h>

/** OCF exit codes, and what Pacemaker makes of each when an action ends so. */
typedef enum {
    RA_OK = 0,
    RA_ERR_GENERIC = 1,       /* soft: this try failed; recovery as the operation's on-fail says */
    RA_ERR_ARGS = 2,          /* hard: not on this node with these parameters */
    RA_ERR_UNIMPLEMENTED = 3, /* no such action */
    RA_ERR_PERM = 4,          /* hard: not on this node */
    RA_ERR_INSTALLED = 5,     /* hard: something (a definition, memory) is missing on this node; others may have it */
    /* 6, OCF_ERR_CONFIGURED, would bar the VM from the whole cluster: never used */
    RA_NOT_RUNNING = 7 /* certainly not running here; "unknown" is never this one */
} RaExit;

/** What to do with a VM that QEMU has paused because its storage failed. */
typedef enum {
    RA_IO_KEEP,   /* leave it paused, report it as running with a remark */
    RA_IO_RESUME, /* the same, and try at each monitor to let it go on */
    RA_IO_RESTART /* report a failure, so that Pacemaker restarts it */
} RaIoPolicy;

typedef struct {
    char *vm;         /* the resource's and the domain's name: non-empty, no '/', no blanks, no control characters */
    char *definition; /* as given; NULL if not */
    char *problem;    /* the first parameter that makes no sense; NULL if all do */
    RaIoPolicy on_io_error;
    gboolean probe; /* a monitor that was not scheduled to recur */
    char *migrate_target;
    char *migrate_source;
    guint check_level;
    char *node;          /* this one, in the cluster's words; NULL if not given */
    guint64 reserve_mib; /* memory kept for the host itself; 0: the default */
    char *ready;         /* hactl-ready of a start (ra_ready.h); NULL if not given */
    gint64 begin_us;     /* monotonic: when the action began */
    gint64 end_us;       /* monotonic: Pacemaker kills us then */

    /* how to reach things */
    char *libvirt_uri;
    char *definitions_dir;
    char *run_dir;
    char *proc_dir;
    char *peers;             /* the other hosts: "node2 node3-", a minus marks a lost one; NULL: ask corosync */
    char *migration_uri;     /* template with one %s for the target's node name */
    guint downtime_ms;       /* the interruption permitted at first */
    guint downtime_max_ms;   /* and at the end; not below downtime_ms */
    guint64 deadline_ms;     /* a migration is given up after it; 0: when the operation's time is over */
    guint64 bandwidth_mibps; /* 0: no limit */
    gboolean auto_converge;  /* QEMU may slow the guest */
} RaEnv;

#define RA_MIGRATION_URI_DEFAULT "qemu+tcp://%s/system"

/**
 * ra_env_read - read the environment and /etc/hactl/hactl.conf.
 * @env: filled; clear with ra_env_clear.
 * @now_us: monotonic time at which the action began.
 *
 * Parameters that make no sense are noted in @env->problem, since stop and monitor must do without them.
 * Returns: TRUE; FALSE and @error only without a usable resource name.
 */
gboolean ra_env_read(RaEnv *env, gint64 now_us, GError **error);
void ra_env_clear(RaEnv *env);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RaEnv, ra_env_clear)

/** ra_env_left_ms - time until @end_us, at least 1. */
gint ra_env_left_ms(gint64 end_us);

/** ra_env_target_uri - libvirt of node @node, by the template; owned by the caller. */
char *ra_env_target_uri(const RaEnv *env, const char *node);

/** ra_env_is_definition - is it a sha256 in lower-case hexadecimal? NULL is not. */
gboolean ra_env_is_definition(const char *text);

/** ra_env_is_uri_template - does it hold exactly one %s, and no other %? */
gboolean ra_env_is_uri_template(const char *text);

/** ra_exit_reason - tell the admin why, in one line; Pacemaker shows it with the action's result. */
void ra_exit_reason(const char *format, ...) G_GNUC_PRINTF(1, 2);
