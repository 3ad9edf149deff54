/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hd_daemon - hactld: the adapters, the wire and the core wired together. Nothing is decided here.
 *
 *   corosync, CIB, libvirt, clients --(events)--> hd_step --> core --(effects)--> hd_step --> CIB, tools, multicast,
 * clients
 *
 * One thread, one main loop; the adapters keep what blocks in threads of their own.
 */
#ifndef HD_DAEMON_H
#define HD_DAEMON_H

#include "agent/core/ha_core.h"
#include "agent/daemon/hd_settings.h"
#include "agent/io/io_cib.h"
#include "agent/io/io_cmap.h"
#include "agent/io/io_confirm.h"
#include "agent/io/io_control.h"
#include "agent/io/io_cpg.h"
#include "agent/io/io_definition.h"
#include "agent/io/io_definition_store.h"
#include "agent/io/io_host.h"
#include "agent/io/io_libvirt.h"
#include "agent/io/io_progress.h"
#include "agent/io/io_quorum.h"
#include "agent/io/io_storage.h"
#include "agent/wire/wire_cast.h"
#include "agent/wire/wire_control.h"

#define HD_REPORT_MS 2000u
#define HD_COALESCE_MS 100u  /* a change is reported after this, together with what follows it */
#define HD_WATCH_MS 500u     /* a watching client gets at most one view in this time */
#define HD_REQUEST_MS 45000u /* the leader must have answered by then */
#define HD_CATCH_UP_MS 5000u /* an answer waits so long at most for this host's picture to show what was done */

/* A request that was multicast from here, and the client that waits for its answer. */
typedef struct {
    guint64 id;
    IoControlClient *client; /* NULL: it has gone */
    gint64 until_ms;
    char *leader;       /* who led when it was sent */
    char *taken, *hash; /* nullable: a domain of this host's libvirt that is handed over, and its definition */
    char *stored;       /* nullable: it waits for this definition to come back from the group */
    GBytes *held;       /* nullable: the leader's answer, until this host sees the configuration of @epoch too */
    guint64 epoch;
} HdPending;

typedef struct {
    guint32 node_id;
    char *node;
    guint64 joined;
} HdPeer;

typedef struct {
    GMainLoop *loop;
    HdSettings settings;
    char *self;
    guint32 self_id;
    HaCore *core;
    guint deadline_source;

    IoCpg *cpg;
    IoQuorum *quorum;
    IoCib *cib;
    IoLibvirt *libvirt;
    IoHost *host;
    IoStorage *storage;
    IoProgress *progress;
    IoControl *control;
    IoDefinitionStore *store;
    IoConfirm *confirm;

    GArray *member_ids; /* guint32, ascending */
    GPtrArray *peers;   /* HdPeer*: who has spoken, members or not */
    gboolean quorate;

    guint64 report_seq;
    guint64 ipc_buffer_bytes; /* PCMK_ipc_buffer, as it was when hactld began; 0: the default */
    guint report_source, soon_source;

    GPtrArray *pending;   /* HdPending* */
    GPtrArray *viewers;   /* IoControlClient*: CALL_VIEW with watch */
    GPtrArray *listeners; /* IoControlClient*: CALL_EVENTS with watch */
    guint viewer_source;
    gint64 viewed_ms;

    GPtrArray *cpus; /* hd_cpu.c's, ascending key */

    GPtrArray *owed; /* char*: hashes that a peer lacks and this host will send unless another is quicker */
    guint owed_source;
    gint64 wanted_ms; /* when this host last asked for definitions */
    gint64 swept_ms;  /* the store was last swept; 0 never */
} HdDaemon;

gint64 hd_now_ms(void);
gint64 hd_now_s(void);

/**
 * hd_daemon_new - compose.
 * @settings: copied. @cmap: borrowed; who this host is.
 * Returns: (transfer full); NULL and @error when the control socket, the progress socket or the definition store can't
 * be had.
 */
HdDaemon *hd_daemon_new(const HdSettings *settings, const IoCmap *cmap, GMainLoop *loop, GError **error);
void hd_daemon_free(HdDaemon *daemon);

/* ---- hd_step.c ---- */
/** hd_step - give the core an event, stamped with the present time, and carry out what it asks. @event: its (transfer
 * full) members are taken over. */
void hd_step(HdDaemon *daemon, const HaEvent *event);

/* ---- hd_cast.c: the group ---- */
extern const IoCpgHandler hd_cpg_handler;
extern const IoQuorumHandler hd_quorum_handler;
/** hd_cast - multicast. @frame: (transfer full), nullable (nothing is sent). */
void hd_cast(HdDaemon *daemon, GBytes *frame);
void hd_peer_free(HdPeer *peer);

/* ---- hd_report.c: this host's own report ---- */
/** hd_report_soon - within HD_COALESCE_MS. */
void hd_report_soon(HdDaemon *daemon);
void hd_report_start(HdDaemon *daemon);

/* ---- hd_cpu.c: processors that the cluster's running VMs were given ---- */
/** hd_cpu_list_new - Returns: (transfer full) none are known yet. */
GPtrArray *hd_cpu_list_new(void);
/** hd_cpu_look - ask libvirt about those in the hosts' reports that it was not asked about, or long ago. */
void hd_cpu_look(HdDaemon *daemon);
/** hd_cpu_fill - what this host can't offer, into its report. */
void hd_cpu_fill(const HdDaemon *daemon, HaReport *report);

/* ---- hd_call.c: the control socket ---- */
extern const IoControlHandler hd_control_handler;
/** hd_viewers_changed - watching clients get a new view, in time. */
void hd_viewers_changed(HdDaemon *daemon);
/** hd_listeners_note - clients that follow events get this one. @note: borrowed. */
void hd_listeners_note(HdDaemon *daemon, const HaNote *note);
/** hd_answered - an answer came for a request; if it was one of ours its client gets it, when this host sees what the
 * leader saw: what is asked here next is answered from that. */
void hd_answered(HdDaemon *daemon, const WireAnswer *answer);
/** hd_epoch - of the configuration that this host sees; 0: none. */
guint64 hd_epoch(const HdDaemon *daemon);
/** hd_stored - a definition that was multicast from here has come back: it is everywhere. */
void hd_stored(HdDaemon *daemon, const char *hash);
void hd_pending_free(HdPending *pending);
/** hd_pending_expire - answers for requests whose time is over, or whose leader is gone. */
void hd_pending_expire(HdDaemon *daemon);

/* ---- hd_definitions.c ---- */
/** hd_definitions_load - every stored definition into the core's view. */
void hd_definitions_load(HdDaemon *daemon);
/** hd_definitions_learn - store a definition and tell the core. Returns: FALSE and @error. */
gboolean hd_definitions_learn(HdDaemon *daemon, const char *hash, GBytes *xml, GError **error);
/** hd_definitions_learn_all - several. @definitions: WireDefinition*, borrowed. */
gboolean hd_definitions_learn_all(HdDaemon *daemon, const GPtrArray *definitions, GError **error);
/** hd_definitions_check - ask the others for what is referred to and this host lacks; set what storage is probed. */
void hd_definitions_check(HdDaemon *daemon);
/** hd_definitions_missing - how many the configuration names and this host lacks. */
guint hd_definitions_missing(const HdDaemon *daemon);
/** hd_definitions_sweep - now and then: note what is referred to, verify it, remove what has long not been. */
void hd_definitions_sweep(HdDaemon *daemon);
/** hd_definitions_owe - a peer asks. @hashes: char*, borrowed. */
void hd_definitions_owe(HdDaemon *daemon, const GPtrArray *hashes);

#endif
