/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_libvirt_sample - the blocking half of io_libvirt: the calls themselves, each run as an io_task. Internal to
 * io_libvirt.
 */
#ifndef IO_LIBVIRT_SAMPLE_H
#define IO_LIBVIRT_SAMPLE_H

#include "agent/core/model/ha_report.h"
#include "agent/io/io_libvirt_state.h"

#include <libvirt/libvirt.h>

/* Where events go. Shared by the event thread (it posts) and the main thread (it cuts @io when it frees). */
typedef struct {
    gpointer io;                                                   /* main thread only; NULL once freed */
    void (*event)(gpointer io, const char *vm, gboolean migrates); /* on the main thread; @vm nullable */
} IoLibvirtHub;

IoLibvirtHub *io_libvirt_hub_ref(IoLibvirtHub *hub);
void io_libvirt_hub_unref(gpointer hub);

/* A connection and what is remembered with it. Referenced by the main thread and by the task that uses it, one at a
 * time; the last reference closes it, which may block, so that the main thread gives up its own by
 * io_libvirt_session_drop. */
typedef struct {
    char *uri;
    IoLibvirtHub *hub;    /* nullable: no events wanted */
    virConnectPtr conn;   /* the task's */
    GArray *callbacks;    /* int, the task's */
    gboolean no_bulk;     /* the driver has no bulk statistics */
    GHashTable *facts;    /* uuid -> IoLibvirtFacts*, the task's */
    guint refresh_at;     /* position of the domain whose facts are asked anew with this sample */
    const char *host_cpu; /* this host's own, interned; NULL: not asked for yet, or not described; the task's */
} IoLibvirtSession;

IoLibvirtSession *io_libvirt_session_new(const char *uri, IoLibvirtHub *hub);
IoLibvirtSession *io_libvirt_session_ref(IoLibvirtSession *session);
void io_libvirt_session_unref(gpointer session);
/** io_libvirt_session_drop - unref in a thread of its own. @session: nullable. */
void io_libvirt_session_drop(IoLibvirtSession *session);

/**
 * io_libvirt_session_run - ask, over the session's connection; connect first, and once more when the connection turns
 * out to be dead.
 * @ask: FALSE when libvirt said no, with libvirt's error set.
 * @ret_reconnected: the connection is new. @ret_error: points to NULL; (transfer full), set on failure.
 */
gboolean io_libvirt_session_run(IoLibvirtSession *session, gboolean (*ask)(IoLibvirtSession *session, gpointer data),
    gpointer data, gboolean *ret_reconnected, char **ret_error);

/* What changes rarely: asked once for a new domain, and for one domain a sample in turn. */
typedef struct {
    int id; /* libvirt's id: another one is another QEMU */
    guint64 mem_bytes;
    guint32 vcpus;
    char definition[HA_HASH_LEN + 1]; /* what it was started with (io_definition_mark.h); "" unknown */
    const char *cpu; /* the processor that it was given (io_cpu.h), interned: there are few; nullable */
} IoLibvirtFacts;

typedef struct {
    char *name;
    char uuid[VIR_UUID_STRING_BUFLEN];
    int state;
    int reason;
    IoLibvirtFacts facts;
    /* filled in on the main thread */
    guint64 cpu_ns;   /* at cpu_at_us; 0 unknown */
    gint64 cpu_at_us; /* monotonic */
    guint32 cpu_permille;
    guint64 rss_bytes;
    IoLibvirtJob job;
    gboolean has_run; /* this QEMU was seen running: it is no migration's target */
    HaMigration migration;
} IoLibvirtDomain;

void io_libvirt_domain_free(gpointer domain);

typedef struct {
    char *error;          /* NULL: libvirt answered */
    gboolean reconnected; /* the connection is new */
    GPtrArray *domains;   /* IoLibvirtDomain*, ascending name */
} IoLibvirtSample;

void io_libvirt_sample_free(gpointer sample);
/** io_libvirt_sample_work - IoTaskWork. @session: IoLibvirtSession*. Returns: IoLibvirtSample*. */
gpointer io_libvirt_sample_work(gpointer session);

/* The slower questions, which need a QEMU's monitor and may hang with it. */
typedef struct {
    IoLibvirtSession *session;
    GPtrArray *names;    /* char*: whose job is asked */
    gboolean numbers;    /* ask for every domain's processor time and memory */
    gboolean hypervisor; /* ask who it is */
} IoLibvirtQuestion;

typedef struct {
    char *name;
    IoLibvirtJob job;
    gboolean has_run; /* this QEMU was seen running: it is no migration's target */
    HaMigration migration;
    guint64 cpu_ns; /* 0: no answer, in these three */
    guint64 mem_bytes;
    guint64 rss_bytes;
} IoLibvirtAnswer;

typedef struct {
    char *error;        /* NULL: libvirt answered */
    char *hypervisor;   /* NULL: not asked */
    GPtrArray *jobs;    /* IoLibvirtAnswer* */
    GPtrArray *numbers; /* IoLibvirtAnswer* */
} IoLibvirtDetail;

void io_libvirt_question_free(gpointer question);
void io_libvirt_detail_free(gpointer detail);
/** io_libvirt_detail_work - IoTaskWork. @question: IoLibvirtQuestion*. Returns: IoLibvirtDetail*. */
gpointer io_libvirt_detail_work(gpointer question);

/** io_libvirt_open - connect. Returns: NULL and @ret_error (transfer full), a sentence. Any thread but the main one. */
virConnectPtr io_libvirt_open(const char *uri, char **ret_error);
/** io_libvirt_why - the thread's last libvirt error. Returns: borrowed. */
const char *io_libvirt_why(void);
/** io_libvirt_ask_job - @ret_migration: nullable; set with OUTGOING. */
IoLibvirtJob io_libvirt_ask_job(virDomainPtr domain, HaMigration *ret_migration);

#endif
