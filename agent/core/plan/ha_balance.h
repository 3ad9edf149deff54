/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_balance - should VMs be moved for the load's sake, and which? Pure: a problem (who is where, how busy) and what
 * was seen before go in, a decision with its numbers comes out. The leader (ha_balance_round.c), --dry-run and the
 * trace replay ask the same.
 *
 * It never swings: it acts only above one threshold and then levels to below a lower one, only after the imbalance has
 * lasted, only when what it saves outweighs what the moves cost; and a VM that was moved stays for a while.
 * Rule R20: docs/states.md.
 */
#ifndef HA_BALANCE_H
#define HA_BALANCE_H

#include "agent/core/plan/ha_solve.h"

#define HA_BALANCE_LEVEL_MIN 1u /* conservative */
#define HA_BALANCE_LEVEL_MAX 5u /* aggressive */
#define HA_BALANCE_LEVEL_DEFAULT 3u

/* What a level means. */
typedef struct {
    const char *word;
    guint32 trigger_permille; /* the busiest node's load over the mean, from which on it is an imbalance */
    guint32 target_permille;  /* what it is levelled to: lower, so that noise in between moves nothing */
    guint32 busy_permille;    /* of its cores: a busiest node below this has enough for its VMs */
    guint32 lasting_s;        /* so long must the imbalance have lasted */
    guint32 moves_max;        /* a round */
    guint32 cooldown_s;       /* a VM that was moved stays so long */
    guint32 worth_permille;   /* the gain must be so many times the cost */
} HaBalanceLevel;

/** ha_balance_level - @level: HA_BALANCE_LEVEL_MIN..MAX. Static. */
const HaBalanceLevel *ha_balance_level(guint level);

/* Minutes of the day, UTC, in which nothing is moved automatically; from == to: never quiet. May pass midnight. */
typedef struct {
    guint from_min, to_min;
} HaQuiet;

/** ha_quiet_parse - "22:00-06:30". Returns: FALSE, outputs untouched, for anything else. */
gboolean ha_quiet_parse(const char *text, HaQuiet *ret_quiet);
gboolean ha_quiet_now(const HaQuiet *quiet, gint64 now_s);

/* What is remembered between two decisions; zeroed at first. Losing it costs one wait. */
typedef struct {
    gint64 since_s; /* the imbalance lasts since; 0: there was none */
} HaBalanceState;

typedef enum {
    HA_BALANCE_LEVEL_ENOUGH, /* no imbalance */
    HA_BALANCE_NOT_BUSY,     /* an imbalance, but the busiest node has enough for all */
    HA_BALANCE_WAITS,        /* it has not lasted yet */
    HA_BALANCE_QUIET,        /* quiet hours */
    HA_BALANCE_NO_WAY,       /* nothing that may move would help */
    HA_BALANCE_NOT_WORTH,    /* the moves cost more than they gain */
    HA_BALANCE_MOVES,
    HA_BALANCE_VERDICTS
} HaBalanceVerdict;

const char *ha_balance_verdict_word(HaBalanceVerdict verdict);

typedef struct {
    HaBalanceVerdict verdict;
    HaSolution *solution; /* nullable; of at most moves_max moves when MOVES */
    HaSolveLoad before, after;
    guint64 gain_core_s; /* core-seconds above the mean taken off busy nodes, over the next half hour */
    guint64 cost_core_s; /* spent on sending memory */
    gint64 wait_s;       /* WAITS: ask again then */
} HaBalanceDecision;

void ha_balance_decision_clear(HaBalanceDecision *decision);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HaBalanceDecision, ha_balance_decision_clear)

/**
 * ha_balance_decide - the automatic decision.
 * @problem: VMs that may not be moved now (policy, cooldown: ha_balance_level(level)->cooldown_s) are fixed in it.
 * @level: HA_BALANCE_LEVEL_MIN..MAX. @quiet: nullable.
 * @state: what was remembered; updated.
 * @now_s: Unix time.
 */
HaBalanceDecision ha_balance_decide(
    const HaProblem *problem, guint level, const HaQuiet *quiet, HaBalanceState *state, gint64 now_s);

/** ha_balance_ask - an admin asks now: the same plan, without the waiting, the quiet hours and the weighing, and with
 * all its moves. */
HaBalanceDecision ha_balance_ask(const HaProblem *problem, guint level);

/** ha_balance_sentence - the decision in words, with its numbers. Returns: (transfer full). */
char *ha_balance_sentence(const HaBalanceDecision *decision, guint level);

#endif
