/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ra_ready - when a guest that has just been started counts as up: others' starts are ordered after ours.
 *
 * The group's condition comes as meta attribute hactl-ready of the start operation, not as a parameter: its change
 * concerns no VM that runs.
 */
#pragma once

#include "agent/migrate/mig_host.h"
#include "resource-agents/ra_env.h"

#define RA_READY_WAIT_MS 60000 /* as HA_READY_WAIT_S, which the operation's timeout counts in */

typedef enum {
    RA_READY_STARTED, /* QEMU runs */
    RA_READY_AGENT,   /* the guest agent answers */
    RA_READY_TCP      /* a port of the guest accepts */
} RaReadyKind;

typedef struct {
    RaReadyKind kind;
    guint16 port;
    guint delay_ms; /* after the condition is met */
} RaReady;

/** ra_ready_parse - "started|agent|tcp [port=N] [delay=S]". @text: nullable. What makes no sense is "started". */
RaReady ra_ready_parse(const char *text);

/**
 * ra_ready_wait - until the guest is ready, for RA_READY_WAIT_MS and within the operation's time.
 *
 * A guest that does not get ready was started all the same: that is told, and is no failure.
 */
void ra_ready_wait(const RaEnv *env);
