/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_check - the promises as checks: after every event (never two, limits, bounds), at every effect (quorum, owner and
 * reason, notes, answers). What must be true at rest: sim_rest.h.
 */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include "tests/sim/sim_world.h"

struct SimCheck {
    guint64
        last_note; /* its id: older ones are repeated, or come from a leader whose time is over; nobody takes them in */
    GHashTable *answers;        /* ids of requests that were answered */
    gboolean open[SIM_VMS_MAX]; /* begun, and not ended */
    gint64 opened_ms[SIM_VMS_MAX];
    guint64 opened_by[SIM_VMS_MAX]; /* the note's id */
    guint heard[SIM_VMS_MAX];       /* bit mask: who heard it */
    char *partial[SIM_NODES_MAX];   /* the last DRAIN_PARTIAL's text */
    HaPlan *plan;                   /* nullable */
    guint32 wave;
    guint moves_done, stops_done;
};

SimCheck *sim_check_new(void);
void sim_check_free(SimCheck *check);

/** sim_check_step - after every event. */
void sim_check_step(Sim *sim);
/** sim_check_effect - @quorate: what @node's core was last told. */
void sim_check_effect(Sim *sim, guint node, gboolean quorate, const HaEffect *effect);
/** sim_check_note - @node's core said it, and a quorate member, @hearer, heard it. */
void sim_check_note(Sim *sim, guint node, guint hearer, const HaNote *note);
/** sim_check_changes - a transaction of @node's is in the CIB. @changes: HaChange*. */
void sim_check_changes(Sim *sim, guint node, const GPtrArray *changes);
/** sim_check_standby - hactl has just set standby on @node. */
void sim_check_standby(Sim *sim, guint node);

/** sim_check_expect - from now on moves must be those of @plan, wave by wave. @plan: (transfer full), NULL ends it. */
void sim_check_expect(Sim *sim, HaPlan *plan);
/** sim_check_plan_done - were they all? */
void sim_check_plan_done(Sim *sim);

/** sim_check_forgotten - @leader never heard of the move of @vm: its end is not said, or it is found under way. */
gboolean sim_check_forgotten(const Sim *sim, guint vm, guint leader);

#endif
