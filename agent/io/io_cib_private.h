/* SPDX-License-Identifier: GPL-2.0-or-later */
/* io_cib_private - what io_cib.c, which alone speaks with libcib, and io_cib_request.c share. */
#ifndef IO_CIB_PRIVATE_H
#define IO_CIB_PRIVATE_H

#include "agent/io/io_cib.h"
#include "agent/io/io_cib_change.h"
#include "agent/io/io_simulate.h"
#include "agent/io/io_tool.h"

struct cib_s; /* libcib's */

typedef struct IoCibRequest IoCibRequest;

struct IoCib {
    IoCibHandler handler;
    gpointer data;
    struct cib_s *link; /* NULL while away */
    gboolean inquorate; /* by corosync's word */
    gboolean told;      /* a configuration was handed on, and not yet withdrawn */
    gboolean querying;  /* a full query is under way: patches older than its answer are passed over */
    xmlDoc *doc;        /* the cached CIB; NULL until the first answer */
    guint decode_ms;    /* what the last picture took, with those whom it was told */
    guint reconnect_timer, decode_timer, lost; /* sources */
    GPtrArray *requests;                       /* IoCibRequest*, owned */
    guint64 serial;
};

/* One effect under way. */
struct IoCibRequest {
    IoCib *cib;
    guint64 effect_id;
    guint64 serial; /* what libcib's callback knows it by: the request may be gone when that comes */
    guint32 timeout_ms;
    guint begin, timer; /* sources */
    IoCibWrite *write;  /* nullable */
    gboolean check_pins;
    gboolean removed; /* the removal is behind us */
    gboolean waits;   /* for a picture of another epoch than @epoch */
    gint64 epoch;     /* of the picture that its patch was made of; -1: none, any picture will do */
    guint tools_done;
    IoTool *tool;             /* nullable: running */
    IoSimulation *simulation; /* nullable: running */
    HaOutcome refused;        /* not OK: it was refused before it began */
    char *text;               /* why */
};

/* ---- io_cib_request.c ---- */

void io_cib_request_free(gpointer request);
/** io_cib_request_find - the one that libcib's callback knows by @serial. @cib: nullable. Returns: NULL: it is over. */
IoCibRequest *io_cib_request_find(const IoCib *cib, guint64 serial);
/** io_cib_request_step - what comes next: the first of the steps that is not behind it. Each step comes back here. */
void io_cib_request_step(IoCibRequest *request);
/** io_cib_request_finish - its end, which is told. @request: freed. @text: as in IoCibHandler. */
void io_cib_request_finish(IoCibRequest *request, HaOutcome outcome, const char *text);
/** io_cib_request_wake - the picture has changed: those go on that waited for it. */
void io_cib_request_wake(IoCib *cib);

/* ---- io_cib.c ---- */

/** io_cib_catch_up - a picture that is only being held back for a moment is handed on now. */
void io_cib_catch_up(IoCib *cib);
/** io_cib_is_file - a file takes the place of the CIB manager (CIB_file: tests, rehearsals). */
gboolean io_cib_is_file(const IoCib *cib);
/** io_cib_send_remove, _modify - the write's two operations; each comes back to io_cib_request_step(), or ends it. */
void io_cib_send_remove(IoCibRequest *request);
void io_cib_send_modify(IoCibRequest *request);

#endif
