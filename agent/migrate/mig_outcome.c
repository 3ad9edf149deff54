/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/migrate/mig_outcome.h"

/* The source does not have it. */
static MigOutcome judge_gone(gboolean call_succeeded, MigSide target)
{
    switch (target) {
    case MIG_SIDE_RUNNING:
    case MIG_SIDE_HELD:
    case MIG_SIDE_LEAVING: /* it has arrived, and somebody already moves it on */
        return MIG_OUTCOME_ON_TARGET;
    case MIG_SIDE_SPLIT:
        return MIG_OUTCOME_SPLIT;
    case MIG_SIDE_ABSENT:
    case MIG_SIDE_STRANGER:
        return MIG_OUTCOME_NOWHERE;
    case MIG_SIDE_UNKNOWN:
        return call_succeeded ? MIG_OUTCOME_ON_TARGET : MIG_OUTCOME_UNCLEAR;
    case MIG_SIDE_ARRIVING:
        return MIG_OUTCOME_UNCLEAR;
    }
    g_assert_not_reached();
}

/* The source has it, whole, and no migration is active there. */
static MigOutcome judge_stayed(MigSide target)
{
    switch (target) {
    case MIG_SIDE_RUNNING:
    case MIG_SIDE_HELD:
    case MIG_SIDE_LEAVING:
        return MIG_OUTCOME_BOTH;
    case MIG_SIDE_SPLIT:
        return MIG_OUTCOME_SPLIT;
    case MIG_SIDE_ABSENT:
    case MIG_SIDE_STRANGER:
    case MIG_SIDE_UNKNOWN:  /* a source runs on only when its target was never released */
    case MIG_SIDE_ARRIVING: /* the target is still clearing up */
        return MIG_OUTCOME_ON_SOURCE;
    }
    g_assert_not_reached();
}

/* The source still migrates, or does not answer: only a target that runs it is conclusive. */
static MigOutcome judge_open(MigSide target)
{
    switch (target) {
    case MIG_SIDE_RUNNING:
    case MIG_SIDE_HELD:
    case MIG_SIDE_LEAVING:
        return MIG_OUTCOME_ON_TARGET;
    case MIG_SIDE_SPLIT:
        return MIG_OUTCOME_SPLIT;
    case MIG_SIDE_ABSENT:
    case MIG_SIDE_STRANGER:
    case MIG_SIDE_UNKNOWN:
    case MIG_SIDE_ARRIVING:
        return MIG_OUTCOME_UNCLEAR;
    }
    g_assert_not_reached();
}

MigOutcome mig_outcome_judge(gboolean call_succeeded, MigSide source, MigSide target)
{
    switch (source) {
    case MIG_SIDE_ABSENT:
    case MIG_SIDE_STRANGER:
        return judge_gone(call_succeeded, target);
    case MIG_SIDE_RUNNING:
    case MIG_SIDE_HELD:
        return judge_stayed(target);
    case MIG_SIDE_SPLIT:
        return MIG_OUTCOME_SPLIT;
    case MIG_SIDE_UNKNOWN:
    case MIG_SIDE_LEAVING:
    case MIG_SIDE_ARRIVING:
        return judge_open(target);
    }
    g_assert_not_reached();
}

const char *mig_outcome_text(MigOutcome outcome)
{
    switch (outcome) {
    case MIG_OUTCOME_ON_TARGET:
        return "it runs on the target";
    case MIG_OUTCOME_ON_SOURCE:
        return "it still runs on the source";
    case MIG_OUTCOME_NOWHERE:
        return "neither host has it: the guest ended meanwhile";
    case MIG_OUTCOME_BOTH:
        return "both hosts run it: keep them apart from the storage and decide by hand";
    case MIG_OUTCOME_SPLIT:
        return "a post-copy migration stands open: destroy neither side";
    case MIG_OUTCOME_UNCLEAR:
        return "it is not clear where it runs";
    }
    g_assert_not_reached();
}
